import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ExpiryQueue } from '../../src/store/expiry-queue.ts'
import { reclaimable } from '../../src/store/segment/reclaim.ts'
import { recordKinds } from '../../src/store/segment/record.ts'
import { newSegment, noteRecord, type Segment } from '../../src/store/segment/segments.ts'
import { Turns } from '../../src/store/segment/turns.ts'
import { keyBytes, shardKey } from '../../src/store/shard-key.ts'

test('an expiry queue gives what a sorted list gives', () => {
  const steps = fc.array(
    fc.oneof(fc.record({ add: fc.nat(1000) }), fc.record({ remove: fc.nat(50) }), fc.record({ take: fc.nat(1000) })),
    { maxLength: 200 },
  )
  fc.assert(
    fc.property(steps, (commands) => {
      const items = new Set<{ endMs: number; seat: number }>()
      const queue = new ExpiryQueue<{ endMs: number; seat: number }>({
        endMs: (item) => item.endMs,
        seat: (item) => item.seat,
        sit: (item, seat) => {
          item.seat = seat
        },
      })
      for (const command of commands) {
        if ('add' in command) {
          const item = { endMs: command.add, seat: -1 }
          items.add(item)
          queue.add(item)
        } else if ('remove' in command) {
          const item = [...items][command.remove]
          if (item === undefined) continue
          items.delete(item)
          queue.remove(item)
        } else {
          const due = [...items].map((item) => item.endMs).filter((ms) => ms <= command.take)
          const taken = queue.take(command.take)
          expect(taken?.endMs).toBe(due.length === 0 ? undefined : Math.min(...due))
          if (taken !== undefined) items.delete(taken)
        }
        expect(queue.size).toBe(items.size)
      }
    }),
  )
})

/** Segments as sets of records: the naive view that reclaimable's numbers stand for. */
const logs = fc.array(
  fc.record({
    records: fc.array(
      fc.record({ sequence: fc.integer({ min: 1, max: 40 }), kind: fc.constantFrom('live', 'dead', 'tombstone') }),
    ),
    open: fc.boolean(),
  }),
  { maxLength: 5 },
)

test('a segment without live shards goes only when nothing that its verdicts void can be left', () => {
  fc.assert(
    fc.property(logs, (log) => {
      const segments = log.map(({ records, open }, index) => {
        const segment = { ...newSegment(index + 1, 0), open }
        for (const { sequence, kind } of records) {
          const { put, tombstone } = recordKinds
          noteRecord(segment, { kind: kind === 'tombstone' ? tombstone : put, flags: 0 }, sequence)
          if (kind === 'live') segment.liveCount++
        }
        return segment
      })
      const allowed = log.findIndex(({ records, open }, index) => {
        const mayHold = log.filter(
          (other, place) => place !== index && other.records.some(({ kind }) => kind === 'dead'),
        )
        const puts = mayHold.flatMap((other) => other.records).filter(({ kind }) => kind !== 'tombstone')
        const verdicts = records.filter(({ kind }) => kind === 'tombstone')
        const voids = verdicts.some((verdict) => puts.some((old) => old.sequence <= verdict.sequence))
        return !open && !records.some(({ kind }) => kind === 'live') && !voids
      })
      expect(reclaimable(segments, 0)?.number).toBe(allowed < 0 ? undefined : allowed + 1)
    }),
  )
})

test('a segment goes on its day, whatever it voids, and not a millisecond before', () => {
  const day = 86_400_000
  const holdsDeadPut = { ...newSegment(1, 0), putCount: 2, liveCount: 1, oldestPut: 1 }
  const next = (segment: Segment, nowMs: number) => reclaimable([holdsDeadPut, segment], nowMs)
  const segment = { ...newSegment(2, 22_000), verdictCount: 1, newestVerdict: 3 }
  expect(next(segment, 22_000 * day - 1)).toBeUndefined()
  expect(next(segment, 22_000 * day)).toBe(segment)
  expect(next({ ...segment, open: true }, 22_000 * day)).toBeUndefined()
  expect(next({ ...segment, liveCount: 1 }, 22_000 * day)).toBeUndefined()
  expect(next({ ...segment, day: 0 }, 99_999 * day)).toBeUndefined()
})

test('turns come one after the other for a key, and do not wait for other keys', async () => {
  const turns = new Turns()
  const order: string[] = []
  const first = await turns.take('a')
  const second = turns.take('a').then((release) => {
    order.push('second')
    release()
  })
  ;(await turns.take('b'))()
  order.push('other')
  first()
  first()
  await second
  ;(await turns.take('a'))()
  expect(order).toEqual(['other', 'second'])
})

test('keys come back as the bytes they were', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (id) => {
      expect(keyBytes(shardKey(id))).toEqual(id)
    }),
  )
})
