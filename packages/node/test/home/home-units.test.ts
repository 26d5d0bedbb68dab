import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openHomeUnits } from '../../src/home/home-units.ts'
import { readUnits } from '../../src/home/units-file.ts'
import { checkUnit } from '../../src/store/check/check-unit.ts'
import { readableDirectory } from '../../src/store/check/readable-directory.ts'
import { openSegmentStore } from '../../src/store/segment/open.ts'
import type { UnitReport } from '../../src/store/units/unit.ts'
import { id, pattern, shard } from '../contract/shard-store.ts'
import { CollectedLog } from '../store/collected-log.ts'
import { ManualClock } from '../store/manual-clock.ts'
import { Seeded } from '../store/seeded.ts'

const parts = { clock: new ManualClock(), random: new Seeded(1), logger: new CollectedLog() }
let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'p2pstore-test-'))
})
afterEach(() => rm(home, { recursive: true }))

const open = (options: { storeDirectory?: string; capacityBytes?: number } = {}) =>
  openHomeUnits({ peerId: 'node', directory: home, ...parts, ...options })

test('a home from before there were units keeps its store, as the first of them', async () => {
  const store = await openSegmentStore({ directory: join(home, 'store'), capacityBytes: 1 << 24, ...parts })
  await store.put(shard(1, 1000))
  await store.close()
  const units = await open({ capacityBytes: 1 << 24 })
  expect(await units.get(id(1))).toEqual(pattern(1, 1000))
  expect(units.report()).toMatchObject([{ name: store.name, place: 'store', state: 'active', capacityBytes: 1 << 24 }])
  await units.close()
  expect(await readUnits(home)).toMatchObject({
    units: [{ name: store.name, place: { kind: 'directory', path: 'store' } }],
  })
})

test('units, and what they may occupy, are remembered', async () => {
  const units = await open()
  const [first] = units.report()
  expect(first!.capacityBytes).toBeGreaterThan(1 << 30)
  await units.add({ kind: 'directory', path: join(home, 'second') }, { capacityBytes: 1 << 24 })
  await units.resize(first!.name, 1 << 25)
  await units.close()
  const again = await open({ capacityBytes: 1 << 26 })
  expect(again.report().map(({ capacityBytes }) => capacityBytes)).toEqual([1 << 25, 1 << 24])
  await again.close()
})

test('a home is open once, and so is a unit', async () => {
  const units = await open()
  await expect(open()).rejects.toMatchObject({ code: 'DIRECTORY_IN_USE' })
  await symlink(join(home, 'store'), join(home, 'same'), 'junction')
  await expect(
    units.add({ kind: 'directory', path: join(home, 'same') }, { capacityBytes: null }),
  ).rejects.toMatchObject({ code: 'DIRECTORY_IN_USE' })
  await units.close()
  await (await open()).close()
})

test('a unit in the home is known by its whole path too, and taken back from being removed', async () => {
  const units = await open()
  const place = { kind: 'directory', path: join(home, 'store') } as const
  await expect(units.add(place, { capacityBytes: null })).rejects.toMatchObject({ code: 'UNIT_EXISTS' })
  const [{ name }] = units.report() as [UnitReport]
  await units.remove(name, { abandon: false, out: true })
  expect(units.report()).toMatchObject([{ state: 'leaving' }])
  await units.add(place, { capacityBytes: null })
  expect(units.report()).toMatchObject([{ name, place: 'store', state: 'active' }])
  await units.close()
})

test('an empty directory where a disk should be mounted does not become a unit', async () => {
  const units = await open()
  await units.add({ kind: 'directory', path: join(home, 'disk') }, { capacityBytes: 1 << 24 })
  await units.close()
  await rename(join(home, 'disk'), join(home, 'elsewhere'))
  await mkdir(join(home, 'disk'))
  const without = await open()
  expect(without.report()).toMatchObject([
    { state: 'active' },
    { state: 'failed', problem: expect.stringMatching(/is its disk there\?$/) },
  ])
  // The disk is mounted in another place now.
  await without.add({ kind: 'directory', path: join(home, 'elsewhere') }, { capacityBytes: 1 << 24 })
  expect(without.report()).toMatchObject([{ state: 'active' }, { state: 'active', place: join(home, 'elsewhere') }])
  await without.close()
})

test('a store that is named is one of the units, also after it was moved', async () => {
  const first = await open({ storeDirectory: join(home, 'big') })
  const { name } = first.report()[0]!
  await first.close()
  await rename(join(home, 'big'), join(home, 'moved'))
  const moved = await open({ storeDirectory: join(home, 'moved') })
  expect(moved.report()).toMatchObject([{ name, place: join(home, 'moved'), state: 'active' }])
  await moved.close()
})

test('what was deleted while a directory was elsewhere goes from it when it is back, whatever restarts were between', async () => {
  const units = await open({ capacityBytes: 1 << 24 })
  await units.add({ kind: 'directory', path: join(home, 'disk') }, { capacityBytes: 1 << 24 })
  const numbers = Array.from({ length: 60 }, (_, number) => number)
  for (const number of numbers) await units.put(shard(number, 1000, { run: 1 + (number % 2) }))
  await units.close()
  await rename(join(home, 'disk'), join(home, 'elsewhere'))
  const without = await open({ capacityBytes: 1 << 24 })
  await without.discard(new Uint8Array(16).fill(2))
  for (const number of numbers) if (number % 2 === 1) await without.delete(id(number))
  await without.close()
  await (await open({ capacityBytes: 1 << 24 })).close()
  await rename(join(home, 'elsewhere'), join(home, 'disk'))
  const back = await open({ capacityBytes: 1 << 24 })
  const reports = back.report()
  expect(reports.map(({ state }) => state)).toEqual(['active', 'active'])
  for (const number of numbers) expect(back.stat(id(number)) === undefined, `${number}`).toBe(number % 2 === 1)
  await back.close()
  expect((await readUnits(home)).discardedRuns).toEqual([])
  const held = await checkUnit(readableDirectory(join(home, 'disk')), parts.clock.nowMs())
  expect(held).toMatchObject({ problemCount: 0, shards: reports[1]!.shardCount })
})

test.each([
  '',
  '{',
  '{"version":1,"units":[],"discardedRuns":"AAAA"}',
  '{"version":2,"units":[]}',
  '{"version":1,"units":[{"name":"a b"}]}',
  'x'.repeat(600_000),
])('a damaged record of units is refused', async (text) => {
  await writeFile(join(home, 'units.json'), text)
  await expect(open()).rejects.toMatchObject({ code: 'HOME_INVALID' })
  expect(await readFile(join(home, 'units.json'), 'utf8')).toBe(text)
})
