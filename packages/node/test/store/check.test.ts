import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { checkUnit, type UnitCheck } from '../../src/store/check/check-unit.ts'
import { type ReadableDirectory, readableDirectory } from '../../src/store/check/readable-directory.ts'
import { openSegmentStore } from '../../src/store/segment/open.ts'
import type { StoreError } from '../../src/store/store-error.ts'
import { shard } from '../contract/shard-store.ts'
import { CollectedLog } from './collected-log.ts'
import { ManualClock } from './manual-clock.ts'
import { Seeded } from './seeded.ts'
import { SimulatedDisk } from './simulated-disk.ts'

const golden = fileURLToPath(new URL('golden/version-1', import.meta.url))
const clock = new ManualClock()

test('a unit without a fault has the figures that its store has', async () => {
  const disk = new SimulatedDisk()
  const store = await opened(disk)
  for (let number = 0; number < 200; number++) await store.put(shard(number, (number * 997) % 90_000))
  for (let number = 0; number < 200; number += 3) await store.delete(shard(number, 0).id)
  await store.put(shard(1, 500, { seed: 9 }), { ifPresent: 'replace' })
  await store.put(shard(500, 500, { deleteAfterMs: clock.nowMs() + 1000 }))
  const { shardCount, liveBytes } = store.usage()
  await store.close()
  const found = await checkUnit(view(disk), clock.nowMs())
  expect(found).toMatchObject({ shards: shardCount, liveBytes, expiredShards: 0, problemCount: 0, damagedShards: 0 })
  expect(found.segments).toMatchObject({ unsealed: 0, foreign: 0, unreadable: 0 })
  expect(await checkUnit(view(disk), clock.nowMs() + 1000)).toMatchObject({ shards: shardCount - 1, expiredShards: 1 })
})

test('a unit in use, or whose node was killed, is no fault', async () => {
  const disk = new SimulatedDisk()
  const store = await opened(disk)
  for (let number = 0; number < 20; number++) await store.put(shard(number, 1000))
  const found = await checkUnit(view(disk), clock.nowMs())
  expect(found).toMatchObject({ shards: 20, problemCount: 0, segments: { sealed: 0, unsealed: 1 } })
  await store.close()
})

test('what it calls damaged is what the store refuses to serve, wherever a bit has changed', async () => {
  const random = new Seeded(7)
  for (let round = 0; round < 30; round++) {
    const disk = new SimulatedDisk()
    const store = await opened(disk)
    for (let number = 0; number < 30; number++) await store.put(shard(number, random.below(100_000)))
    await store.close()
    const { segment, offsetBytes, lengthBytes } = await placeOf(disk, random.below(30))
    const file = disk.bytesOf(`${segment.toString(16).padStart(8, '0')}.segment`)
    file[offsetBytes + random.below(96 + lengthBytes)]! ^= 1 << random.below(8)
    const found = await checkUnit(view(disk), clock.nowMs())
    expect(found.problemCount, `round ${round}`).toBe(1)
    expect(found.damaged, `round ${round}`).toEqual(await refused(disk))
  }
})

test.each([
  ['unit.json is gone', 'unit.json', () => undefined, 'it is missing'],
  ['unit.json is garbage', 'unit.json', () => Buffer.from('{'), "it can't be understood"],
  ['a segment is garbage', '00000001.segment', () => Buffer.alloc(8192, 7), 'the header block is damaged'],
  ['a segment is empty', '00000001.segment', () => Buffer.alloc(0), 'the header block is damaged'],
])('%s: it is told, and all else is read', async (_, name, change, what) => {
  const disk = new SimulatedDisk()
  const store = await opened(disk)
  for (let number = 0; number < 40; number++) await store.put(shard(number, 20_000))
  await store.close()
  const files = new Map(await Promise.all((await disk.list()).map(async (file) => [file, disk.bytesOf(file)] as const)))
  const changed = change()
  if (changed === undefined) files.delete(name)
  else files.set(name, changed)
  const found = await checkUnit(viewOf(files), clock.nowMs())
  expect(found.problems).toContainEqual(expect.objectContaining({ file: name, what }))
  expect(found.shards).toBeGreaterThan(10)
})

test('a file that can not be read is told, one that is none of ours is named', async () => {
  const disk = new SimulatedDisk()
  const store = await opened(disk)
  await store.put(shard(1, 1000))
  await store.close()
  disk.plant('holiday.jpg', Buffer.from('x'))
  const whole = view(disk)
  const failing: ReadableDirectory = {
    list: whole.list,
    read: (name, use) =>
      name.endsWith('.segment') ? Promise.reject(new Error('EIO: i/o error')) : whole.read(name, use),
  }
  const found = await checkUnit(failing, clock.nowMs())
  expect(found).toMatchObject({ otherFiles: ['holiday.jpg'], segments: { unreadable: 1 }, problemCount: 1 })
})

test('a directory without a unit is refused', async () => {
  await expect(checkUnit(viewOf(new Map()), 0)).rejects.toMatchObject({ code: 'UNIT_MISSING' })
})

test('garbage of any kind is reported, and never throws', async () => {
  const names = await readdir(golden)
  const files = new Map<string, Buffer>(
    await Promise.all(names.map(async (name) => [name, await readFile(join(golden, name))] as const)),
  )
  const random = new Seeded(3)
  for (let round = 0; round < 300; round++) {
    const name = random.pick(names)
    const changed = new Map(files).set(name, garbled(files.get(name)!, random))
    const found: UnitCheck = await checkUnit(viewOf(changed), 0)
    expect(found.shards, `round ${round}`).toBeGreaterThanOrEqual(0)
  }
})

test('in a real directory it changes nothing', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'p2pstore-test-'))
  await cp(golden, directory, { recursive: true })
  expect((await checkUnit(readableDirectory(directory), 0)).problemCount).toBe(0)
  expect((await readdir(directory)).sort()).toEqual((await readdir(golden)).sort())
  for (const name of await readdir(golden)) {
    expect(await readFile(join(directory, name))).toEqual(await readFile(join(golden, name)))
  }
  await rm(directory, { recursive: true })
})

function opened(disk: SimulatedDisk) {
  const parts = { disk, clock, random: new Seeded(1), logger: new CollectedLog() }
  return openSegmentStore({ directory: 'simulated', capacityBytes: 64 << 20, segmentBytes: 1 << 18, ...parts })
}

async function placeOf(disk: SimulatedDisk, number: number) {
  const store = await opened(disk)
  const place = store.stat(shard(number, 0).id)!
  await store.close()
  return place
}

/** The ids that the store calls corrupt. */
async function refused(disk: SimulatedDisk): Promise<string[]> {
  const store = await opened(disk)
  const ids: string[] = []
  for (const id of [...store.ids()]) {
    await store.get(id).catch((error: StoreError) => {
      expect(error.code).toBe('SHARD_CORRUPT')
      ids.push(Buffer.from(id).toString('hex'))
    })
  }
  await store.close()
  return ids
}

function garbled(bytes: Buffer, random: Seeded): Buffer {
  const copy = Buffer.from(bytes)
  for (let change = 0; change < 1 + random.below(8); change++) copy[random.below(copy.length)] = random.below(256)
  return random.chance(0.3) ? copy.subarray(0, random.below(copy.length)) : copy
}

function view(disk: SimulatedDisk): ReadableDirectory {
  return {
    list: async () => (await disk.list()).sort(),
    read: async (name, use) => use(await disk.open(name)),
  }
}

function viewOf(files: ReadonlyMap<string, Buffer>): ReadableDirectory {
  return {
    list: async () => [...files.keys()].sort(),
    read: async (name, use) => {
      const bytes = files.get(name)!
      return use({
        sizeBytes: async () => bytes.length,
        read: async (into, offsetBytes) => bytes.copy(into, 0, offsetBytes),
      })
    },
  }
}
