import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compactable } from '../../src/store/segment/compactable.ts'
import { newSegment, segmentFileName } from '../../src/store/segment/segments.ts'
import { id, pattern, shard, summary } from '../contract/shard-store.ts'
import { interceptedDisk, type Operation } from './intercepted-disk.ts'
import { segmentFixture } from './segment-fixture.ts'
import { SimulatedDisk } from './simulated-disk.ts'

const sizes = { capacityBytes: 8 << 20, segmentBytes: 1 << 17, groupBytes: 1 << 16 }
const shardBytes = 3000
type Fixture = Awaited<ReturnType<typeof segmentFixture>>

/** Puts shards 0 … count − 1, over several segments. */
async function filled(fixture: Fixture, count: number, deleteAfterMs = 0): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, (_, number) => fixture.store.put(shard(number, shardBytes, { deleteAfterMs }))),
  )
}

async function deleteAllBut(fixture: Fixture, count: number, isKept: (number: number) => boolean): Promise<void> {
  const numbers = Array.from({ length: count }, (_, number) => number).filter((number) => !isKept(number))
  await Promise.all(numbers.map((number) => fixture.store.delete(id(number))))
}

async function expectShards(fixture: Fixture, count: number, isKept: (number: number) => boolean): Promise<void> {
  for (let number = 0; number < count; number++) {
    const expected = isKept(number) ? summary(pattern(number, shardBytes)) : 'nothing'
    expect(summary(await fixture.store.get(id(number))), `shard ${number}`).toBe(expected)
  }
}

/** Lets everything that waits for nothing but itself happen. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test('gives back the room of deleted shards; what was moved is found by its id, now and later', async () => {
  const disk = new SimulatedDisk()
  const fixture = await segmentFixture(disk, sizes)
  const isKept = (number: number) => number % 5 === 0
  await filled(fixture, 400)
  const receipt = fixture.store.stat(id(5))!
  const before = disk.usedBytes()
  await deleteAllBut(fixture, 400, isKept)
  await turns()
  const { liveBytes, deadBytes, shardCount } = fixture.store.usage()
  expect(disk.usedBytes()).toBeLessThan(before / 2)
  expect(shardCount).toBe(80)
  expect(liveBytes).toBe(80 * (shardBytes + 96))
  expect(liveBytes + deadBytes).toBe(disk.usedBytes() - disk.sizeOf('unit.json'))
  expect(fixture.store.stat(id(5))!.segment).toBeGreaterThan(receipt.segment)
  await expectShards(fixture, 400, isKept)
  await fixture.reopen()
  await expectShards(fixture, 400, isKept)
  await fixture.crash()
  await expectShards(fixture, 400, isKept)
  await fixture.end()
})

test('a read is one positioned read at the place in the storage key; of a moved shard, in the one that it has now', async () => {
  const reads: Operation[] = []
  const watched = interceptedDisk(new SimulatedDisk(), (operation, run) => {
    if (operation.kind === 'read') reads.push(operation)
    return run()
  })
  const fixture = await segmentFixture(watched, sizes)
  const readsOf = async (number: number) => {
    reads.length = 0
    expect(summary(await fixture.store.get(id(number)))).toBe(summary(pattern(number, shardBytes)))
    return reads.map(({ name, offsetBytes }) => ({ name, offsetBytes }))
  }
  const keyOf = (number: number) => {
    const { segment, offsetBytes } = fixture.store.stat(id(number))!
    return { name: segmentFileName(segment), offsetBytes }
  }
  const receipt = await fixture.store.put(shard(5, shardBytes))
  expect(await readsOf(5)).toEqual([{ name: segmentFileName(receipt.segment), offsetBytes: receipt.offsetBytes }])
  await filled(fixture, 400)
  await deleteAllBut(fixture, 400, (number) => number % 5 === 0)
  await turns()
  expect(keyOf(5).name).not.toBe(segmentFileName(receipt.segment))
  expect(await readsOf(5)).toEqual([keyOf(5)])
  await fixture.end()
})

test('makes a full unit take shards again', async () => {
  const fixture = await segmentFixture(new SimulatedDisk(), sizes)
  // With their headers they fill blocks, so that nothing is worth a compaction before something is deleted.
  const bodyBytes = 4000
  let count = 0
  const fill = async () => {
    for (;;) {
      const outcome = await fixture.store.put(shard(count, bodyBytes)).catch((error) => error.code)
      if (outcome === 'STORE_FULL') return
      count++
    }
  }
  await fill()
  await expect(fixture.store.put(shard(count, bodyBytes))).rejects.toMatchObject({
    code: 'STORE_FULL',
    message: `the unit is full: the rest of its ${sizes.capacityBytes} bytes is kept for deletions`,
  })
  const { freeBytes, reservedBytes } = fixture.store.usage()
  expect(freeBytes).toBeLessThan(bodyBytes + 20_000)
  expect(reservedBytes).toBe(sizes.capacityBytes / 16)
  // A third of each segment: too little to be worth it while there is room.
  const first = count
  await Promise.all(Array.from({ length: first / 3 }, (_, number) => fixture.store.delete(id(number * 3))))
  await turns()
  await fill()
  expect(count).toBeGreaterThan(first * 1.2)
  await fixture.reopen()
  for (let number = 0; number < first; number++) {
    expect(fixture.store.stat(id(number)) === undefined).toBe(number % 3 === 0 && number < 3 * Math.floor(first / 3))
  }
  await fixture.end()
})

test('keeps shards with their deletion day: on it, all go by unlinking', async () => {
  const disk = new SimulatedDisk()
  const fixture = await segmentFixture(disk, sizes)
  const isKept = (number: number) => number % 5 === 0
  await filled(fixture, 200, fixture.clock.nowMs() + 3_600_000)
  await deleteAllBut(fixture, 200, isKept)
  await turns()
  await expectShards(fixture, 200, isKept)
  fixture.clock.advance(86_400_000)
  await turns()
  expect(fixture.store.usage()).toMatchObject({ shardCount: 0, liveBytes: 0 })
  expect(fixture.store.usage().deadBytes).toBeLessThan(20_000)
  await fixture.end()
})

test('leaves a segment with a damaged shard, and the shard still says that it is damaged', async () => {
  const fixture = await segmentFixture(new SimulatedDisk(), sizes)
  const isKept = (number: number) => number % 5 === 0
  await filled(fixture, 200)
  await fixture.corrupt(id(5))
  await deleteAllBut(fixture, 200, isKept)
  await turns()
  expect(fixture.log.at('warn')).toContain('a segment could not be compacted')
  await expect(fixture.store.get(id(5))).rejects.toMatchObject({ code: 'SHARD_CORRUPT' })
  await fixture.store.put(shard(5, shardBytes))
  await turns()
  await expectShards(fixture, 200, isKept)
  await fixture.end()
})

test('works a quarter of the time: after each slice it rests', async () => {
  const disk = new SimulatedDisk()
  let isSlow = false
  const slow = interceptedDisk(disk, (operation, run) => {
    if (isSlow && operation.kind === 'read') fixture.clock.advance(10)
    return run()
  })
  const fixture = await segmentFixture(slow, { ...sizes, segmentBytes: 1 << 22 })
  await filled(fixture, 1300)
  await fixture.reopen()
  isSlow = true
  const used = disk.usedBytes()
  await deleteAllBut(fixture, 1300, (number) => number % 5 === 0)
  await turns()
  expect(disk.usedBytes()).toBeGreaterThan(used)
  for (let rest = 0; rest < 40 && disk.usedBytes() > used; rest++) {
    fixture.clock.advance(10_000)
    await turns()
  }
  expect(disk.usedBytes()).toBeLessThan(used / 2)
  await fixture.end()
})

const conditions = { nowMs: 0, isNearlyFull: false, headRoomBytes: 1 << 30, segmentBytes: 1 << 20 }
const half = { ...newSegment(1, 0), fileBytes: 1 << 20, putCount: 2, liveCount: 1, liveBytes: 1 << 19 }

test('is worth it below half, and when nearly full, below seven eighths', () => {
  const live = (share: number) => ({ ...half, liveBytes: share * half.fileBytes })
  expect(compactable([live(0.51)], conditions)).toBeUndefined()
  expect(compactable([live(0.49)], conditions)).toBeDefined()
  expect(compactable([live(0.88)], { ...conditions, isNearlyFull: true })).toBeUndefined()
  expect(compactable([live(0.87)], { ...conditions, isNearlyFull: true })).toBeDefined()
  expect(compactable([live(0.4), live(0.2), live(0.3)], conditions)).toMatchObject(live(0.2))
})

test('never begins what has no head room, is open, empty, over, or would be copied for its padding only', () => {
  const candidate = { ...half, liveBytes: 1 << 18 }
  expect(compactable([candidate], conditions)).toBe(candidate)
  expect(compactable([candidate], { ...conditions, headRoomBytes: 1 << 18 })).toBeUndefined()
  expect(compactable([{ ...candidate, open: true }], conditions)).toBeUndefined()
  expect(compactable([{ ...candidate, liveCount: 0, liveBytes: 0 }], conditions)).toBeUndefined()
  expect(compactable([{ ...candidate, day: 3 }], { ...conditions, nowMs: 3 * 86_400_000 })).toBeUndefined()
  const padded = { ...candidate, putCount: 1, liveBytes: 1 << 10 }
  expect(compactable([padded], conditions)).toBe(padded)
  expect(compactable([{ ...padded, fileBytes: 1 << 18 }], conditions)).toBeUndefined()
})

test('what is chosen always fits', () => {
  const segments = fc.array(
    fc.record({
      fileBytes: fc.nat(1 << 20),
      putCount: fc.nat(100),
      liveCount: fc.nat(100),
      liveBytes: fc.nat(1 << 20),
    }),
  )
  fc.assert(
    fc.property(segments, fc.nat(1 << 20), (figures, headRoomBytes) => {
      const all = figures.map((some, index) => ({ ...newSegment(index + 1, 0), ...some }))
      const chosen = compactable(all, { ...conditions, headRoomBytes })
      if (chosen !== undefined) expect(chosen.liveBytes + 96 * chosen.liveCount).toBeLessThanOrEqual(headRoomBytes)
    }),
  )
})
