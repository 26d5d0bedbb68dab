import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Inbox } from '../../src/transport/libp2p/native-tls/inbox.ts'

const step = fc.oneof(
  fc.record({ kind: fc.constant('read' as const), bytes: fc.integer({ min: 1, max: 16_384 }) }),
  fc.record({ kind: fc.constant('append' as const), bytes: fc.integer({ min: 1, max: 20_000 }) }),
  fc.record({ kind: fc.constant('take' as const) }),
)

test('what arrives is delivered in order, and what was delivered stays as it was', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const inbox = new Inbox()
      const arrived: Uint8Array[] = []
      const delivered: Uint8Array[] = []
      let room = inbox.room()
      for (const each of steps) {
        if (each.kind === 'take') {
          delivered.push(...inbox.takeAll())
          expect(inbox.isEmpty).toBe(true)
          continue
        }
        const bytes = randomBytes(each.bytes)
        arrived.push(bytes)
        if (each.kind === 'append') {
          inbox.append(bytes)
        } else {
          // As a socket does: it was told where to write at the end of the read before.
          expect(room.length).toBeGreaterThanOrEqual(bytes.length)
          room.set(bytes)
          inbox.wrote(bytes.length)
          room = inbox.room()
        }
        expect(inbox.isEmpty).toBe(false)
      }
      delivered.push(...inbox.takeAll())
      expect(Buffer.compare(Buffer.concat(delivered), Buffer.concat(arrived))).toBe(0)
    }),
  )
})

test('a short message does not keep the memory of others', () => {
  const inbox = new Inbox()
  inbox.room().fill(1, 0, 100)
  inbox.wrote(100)
  const [message] = [...inbox.takeAll()]
  expect(message?.buffer.byteLength).toBe(100)
})
