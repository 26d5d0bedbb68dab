import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arrivals } from '../../src/slabs.ts'
import { Inbox } from '../../src/transport/libp2p/native-tls/inbox.ts'

const step = fc.oneof(
  fc.record({ kind: fc.constant('read' as const), bytes: fc.integer({ min: 1, max: 16_384 }) }),
  fc.record({ kind: fc.constant('append' as const), bytes: fc.integer({ min: 1, max: 20_000 }) }),
  fc.record({ kind: fc.constant('take' as const) }),
  fc.record({ kind: fc.constant('give back' as const), which: fc.nat(1000) }),
)

test('what arrives is delivered in order, and stays as it was until it is given back', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const inbox = new Inbox()
      const arrived: Uint8Array[] = []
      const delivered: Uint8Array[] = []
      /** Copies of what was given back, by its place among what was delivered. */
      const given = new Map<number, Uint8Array>()
      let room = inbox.room()
      for (const each of steps) {
        if (each.kind === 'take') {
          delivered.push(...inbox.takeAll())
          expect(inbox.isEmpty).toBe(true)
          continue
        }
        if (each.kind === 'give back') {
          const which = each.which % Math.max(1, delivered.length)
          const bytes = delivered[which]
          if (bytes === undefined || given.has(which)) continue
          given.set(which, Uint8Array.from(bytes))
          arrivals.giveBack([bytes])
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
      const all = delivered.map((bytes, which) => given.get(which) ?? bytes)
      expect(Buffer.compare(Buffer.concat(all), Buffer.concat(arrived))).toBe(0)
    }),
    { numRuns: 300 },
  )
})

test('memory that all came back is read into again', () => {
  const inbox = new Inbox()
  const used = new Set<ArrayBufferLike>()
  let reads = 0
  for (; reads < 1000; reads += 1) {
    const room = inbox.room()
    used.add(room.buffer)
    room.fill(reads, 0, 16_384)
    inbox.wrote(16_384)
    arrivals.giveBack(inbox.takeAll())
  }
  expect(used.size).toBeLessThan(reads / 4 / 10)
})

test('headers before long bodies, and short messages between them, do not keep memory from being read into again', () => {
  const inbox = new Inbox()
  const used = new Set<ArrayBufferLike>()
  let reads = 0
  const read = (lengthBytes: number): void => {
    const room = inbox.room()
    used.add(room.buffer)
    inbox.wrote(lengthBytes)
    reads += 1
  }
  const headBytes = 150
  for (let message = 0; message < 200; message += 1) {
    for (let record = 0; record < 8; record += 1) read(16_384)
    read(5000)
    read(60)
    const all = inbox.takeAll()
    // What comes after the header is given back, as the owner of a body does.
    arrivals.giveBack(all.sublist(headBytes, 8 * 16_384 + 5000))
  }
  expect(used.size).toBeLessThan(reads / 4 / 10)
})

test('a short message does not keep the memory of others', () => {
  const inbox = new Inbox()
  inbox.room().fill(1, 0, 100)
  inbox.wrote(100)
  const [message] = [...inbox.takeAll()]
  expect(message?.buffer.byteLength).toBe(100)
})
