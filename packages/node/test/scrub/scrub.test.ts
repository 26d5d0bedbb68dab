import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { manualClock } from '../../src/clock/manual-clock.ts'
import { endOfOrder, idsWithin, positionOf, windowEnd } from '../../src/scrub/order.ts'
import { Scrub } from '../../src/scrub/scrub.ts'
import type { DamagedShard, ScrubState } from '../../src/scrub/state.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import { StoreError } from '../../src/store/store-error.ts'
import { id, shard } from '../contract/shard-store.ts'
import { CollectedLog } from '../store/collected-log.ts'
import { Seeded } from '../store/seeded.ts'

const day = 86_400_000
const periodMs = 30 * day
const open: Scrub[] = []

afterEach(() => Promise.all(open.splice(0).map((scrub) => scrub.stop())))

test('the windows of a pass cover every id once, in the order of positions', () => {
  const ids = fc.uniqueArray(fc.nat(1e6), { maxLength: 200 })
  fc.assert(
    fc.property(ids, fc.nat(0xffff_ffff), fc.nat(1e8), (numbers, key, shardCount) => {
      const all = numbers.map(id)
      const seen = []
      for (let start = 0; start < endOfOrder; start = windowEnd(start, shardCount)) {
        seen.push(...idsWithin(all, key, start, windowEnd(start, shardCount)))
      }
      const expected = all.map((one) => positionOf(one, key)).sort((a, b) => a - b)
      expect(seen.map(({ position }) => position)).toEqual(expected)
    }),
    { numRuns: 20 },
  )
})

test('positions are spread evenly, and differ from pass to pass', () => {
  const tenths = new Array(10).fill(0)
  for (let number = 0; number < 10_000; number++) tenths[Math.floor((positionOf(id(number), 7) / endOfOrder) * 10)]++
  for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150)
  expect(positionOf(id(1), 7)).not.toBe(positionOf(id(1), 8))
})

test('a pass takes its period, and reads everything in it once', async () => {
  const { clock, store, scrub } = fixture()
  const got = vi.spyOn(store, 'get')
  for (let number = 0; number < 100; number++) await store.put(shard(number, 1000))
  scrub.start(() => {})
  await clock.advance(periodMs / 2)
  expect(got.mock.calls.length).toBeGreaterThan(30)
  expect(got.mock.calls.length).toBeLessThan(70)
  expect(scrub.report()).toMatchObject({ completedMs: null, isHurried: false, damagedShards: 0 })
  expect(scrub.report().progress).toBeCloseTo(0.5, 1)
  await clock.advance(periodMs / 2 + 1000)
  expect(new Set(got.mock.calls.map(([asked]) => Buffer.from(asked).toString('hex'))).size).toBe(100)
  expect(got.mock.calls.length).toBeLessThan(110)
  expect(scrub.report().completedMs).not.toBeNull()
})

test('a restart goes on where the last run was', async () => {
  const first = fixture()
  for (let number = 0; number < 100; number++) await first.store.put(shard(number, 1000))
  first.scrub.start(() => {})
  await first.clock.advance(periodMs / 2)
  await first.scrub.stop()
  const { checkedShards } = first.scrub.report()
  const second = fixture({ ...first, state: first.saved() })
  expect(second.scrub.report()).toMatchObject({ checkedShards, startedMs: first.scrub.report().startedMs })
  second.scrub.start(() => {})
  await first.clock.advance(periodMs / 2 + 1000)
  expect(second.scrub.report().completedMs).not.toBeNull()
  expect(second.saved()!.checkedShards).toBeGreaterThan(90)
})

test('hurried, it reads everything at once; what is damaged is told, listed, and forgotten when stored again', async () => {
  const { clock, store, scrub } = fixture()
  for (let number = 0; number < 50; number++) await store.put(shard(number, 1000))
  store.corrupt(id(7))
  store.corrupt(id(9))
  const found: DamagedShard[] = []
  scrub.start((one) => found.push(one))
  scrub.hurry()
  await clock.advance(1000)
  expect(scrub.report().isHurried).toBe(false)
  expect(scrub.report()).toMatchObject({
    checkedShards: 50,
    checkedBytes: 48_000,
    damagedShards: 2,
    unreadableShards: 0,
  })
  expect(found.map((one) => one.id).sort()).toEqual([7, 9].map((number) => Buffer.from(id(number)).toString('hex')))
  await store.put(shard(7, 1000))
  await store.delete(id(9))
  expect(scrub.report()).toMatchObject({ damaged: [], damagedShards: 0 })
})

test('what the disk does not let be read is counted, and no damage', async () => {
  const { clock, store, scrub } = fixture()
  for (let number = 0; number < 5; number++) await store.put(shard(number, 1000))
  vi.spyOn(store, 'get').mockRejectedValue(new StoreError('STORE_FAILED', 'EIO'))
  scrub.start(() => {})
  scrub.hurry()
  await clock.advance(1000)
  expect(scrub.report().isHurried).toBe(false)
  expect(scrub.report()).toMatchObject({ unreadableShards: 5, damagedShards: 0 })
})

function fixture(
  given: {
    clock?: ReturnType<typeof manualClock>
    store?: ReturnType<typeof createMemoryStore>
    state?: ScrubState | undefined
  } = {},
) {
  const { clock = manualClock(), state } = given
  const store = given.store ?? createMemoryStore({ capacityBytes: 1 << 24, clock })
  let saved = state
  const save = async (next: ScrubState): Promise<void> => {
    saved = next
  }
  const parts = { store, clock, random: new Seeded(1), logger: new CollectedLog(), periodMs, state, save }
  const scrub = new Scrub(parts)
  open.push(scrub)
  return { clock, store, scrub, saved: () => saved }
}
