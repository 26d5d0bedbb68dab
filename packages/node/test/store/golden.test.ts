import { readdir, readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { openSegmentStore } from '../../src/store/segment/open.ts'
import { id, pattern, shard, summary } from '../contract/shard-store.ts'
import { CollectedLog } from './collected-log.ts'
import { ManualClock } from './manual-clock.ts'
import { Seeded } from './seeded.ts'
import { SimulatedDisk } from './simulated-disk.ts'

/** A unit as version 1 of the format has it. P2PSTORE_GOLDEN=write makes the files anew: only together with a new version. */
const golden = new URL('golden/version-1/', import.meta.url)
const { P2PSTORE_GOLDEN } = process.env
const deleteAfterMs = Date.UTC(2040, 5, 15, 8)

function open(disk: SimulatedDisk) {
  const clock = new ManualClock()
  const logger = new CollectedLog()
  return openSegmentStore({
    directory: 'golden',
    unit: 'golden',
    capacityBytes: 1 << 20,
    segmentBytes: 1 << 20,
    clock,
    random: new Seeded(1),
    logger,
    disk,
  })
}

async function makeUnit(): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk()
  const store = await open(disk)
  await store.put(shard(1, 100))
  await store.put(shard(2, 66_000))
  await store.put(shard(3, 0))
  await store.put(shard(1, 200, { seed: 9, run: 2 }), { ifPresent: 'replace' })
  await store.delete(id(3))
  await store.put(shard(4, 300, { deleteAfterMs }))
  await store.close()
  return disk
}

test('the files of version 1 are read', async () => {
  const disk = new SimulatedDisk()
  for (const name of await readdir(golden)) disk.plant(name, await readFile(new URL(name, golden)))
  const store = await open(disk)
  expect([...store.ids()]).toHaveLength(3)
  expect(summary(await store.get(id(1)))).toBe(summary(pattern(9, 200)))
  expect(summary(await store.get(id(2)))).toBe(summary(pattern(2, 66_000)))
  expect(summary(await store.get(id(4)))).toBe(summary(pattern(4, 300)))
  expect(store.stat(id(1))).toMatchObject({ unit: 'golden', segment: 1 })
  expect(await store.runOf(id(1))).toEqual(new Uint8Array(16).fill(2))
  expect(store.stat(id(4))).toMatchObject({ segment: 2, deleteAfterMs })
  await store.close()
})

test('the same unit made today has the same bytes', async () => {
  const disk = await makeUnit()
  const names = (await disk.list()).sort()
  if (P2PSTORE_GOLDEN === 'write') {
    for (const name of names) await writeFile(new URL(name, golden), disk.bytesOf(name))
  }
  expect(names).toEqual((await readdir(golden)).sort())
  for (const name of names) {
    expect(disk.bytesOf(name).equals(await readFile(new URL(name, golden))), name).toBe(true)
  }
})
