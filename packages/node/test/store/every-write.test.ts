/**
 * One short life of a store, and every way to end it: the process is killed before its first operation of the disk, before
 * its second, and so on to the last; each time the power fails with it, in three ways. Puts, a replacement, deletions, an
 * expiry, and a compaction that all of this leads to.
 */
import { expect, test } from 'vitest'
import type { ShardStore } from '../../src/ports/shard-store.ts'
import { openSegmentStore } from '../../src/store/segment/open.ts'
import { id, shard, summary } from '../contract/shard-store.ts'
import { CollectedLog } from './collected-log.ts'
import { interceptedDisk, ProcessDisk } from './intercepted-disk.ts'
import { ManualClock } from './manual-clock.ts'
import { expectExactFigures } from './recount.ts'
import { Seeded } from './seeded.ts'
import { SimulatedDisk } from './simulated-disk.ts'

const idCount = 10
const shardBytes = 15_000
const nothing = 'nothing'

/** What may be found of each id: what was acknowledged last, and what was begun since. */
type Allowed = string[][]

function open(disk: ProcessDisk, clock: ManualClock, log: CollectedLog): Promise<ShardStore> {
  const sizes = { capacityBytes: 4 << 20, segmentBytes: 1 << 16, groupBytes: 1 << 16 }
  const options = { directory: 'simulated', ...sizes, clock, random: new Seeded(1), logger: log, disk: disk.disk }
  return openSegmentStore(options)
}

async function live(store: ShardStore, clock: ManualClock, allowed: Allowed): Promise<void> {
  const write = async (number: number, seed: number, deleteAfterMs = 0): Promise<void> => {
    const what = shard(number, shardBytes, { seed, deleteAfterMs })
    const text = summary(what.body.slice())
    allowed[number]!.push(text)
    await store.put(what, { ifPresent: 'replace' })
    allowed[number] = [text]
  }
  const remove = async (number: number): Promise<void> => {
    allowed[number]!.push(nothing)
    await store.delete(id(number))
    allowed[number] = [nothing]
  }
  const endsMs = clock.nowMs() + 1000
  for (let number = 0; number < idCount; number++) await write(number, number, number === 9 ? endsMs : 0)
  await Promise.all([1, 2, 3].map(remove))
  await write(4, 104)
  for (const number of [5, 7]) await remove(number)
  clock.advance(86_400_000)
  allowed[9] = [nothing]
  await settle()
  await write(1, 101)
  await store.close()
}

test('nothing is lost and nothing wrong is served, whatever operation of the disk is the last', async () => {
  let operations = 0
  const log = new CollectedLog()
  const counted = interceptedDisk(new SimulatedDisk(), (_, run) => {
    operations++
    return run()
  })
  const clock = new ManualClock()
  const free = () => Array.from({ length: idCount }, () => [nothing])
  await live(await open(new ProcessDisk(counted), clock, log), clock, free())
  expect(log.at('debug')).toContain('a segment was compacted')

  for (let last = 0; last <= operations; last++) {
    for (const cut of ['none', 'power', 'power again'] as const) await endAfter(last, cut)
  }
})

async function endAfter(last: number, cut: 'none' | 'power' | 'power again'): Promise<void> {
  const disk = new SimulatedDisk()
  const clock = new ManualClock()
  const process = new ProcessDisk(disk)
  process.killAfter(last)
  const allowed: Allowed = Array.from({ length: idCount }, () => [nothing])
  const log = new CollectedLog()
  await open(process, clock, log)
    .then((store) => live(store, clock, allowed))
    .catch((error) => expect(process.isKilled, `operation ${last}: ${error}`).toBe(true))
  await process.kill()
  await settle()
  if (cut !== 'none') disk.powerCut(new Seeded(last * 2 + Number(cut === 'power')))
  const store = await open(new ProcessDisk(disk), clock, log)
  let shardCount = 0
  for (const [number, texts] of allowed.entries()) {
    const text = summary(await store.get(id(number)))
    expect(texts, `shard ${number} after operation ${last}, ${cut}`).toContain(text)
    if (text !== nothing) shardCount++
  }
  await settle()
  await expectExactFigures(store, [disk], shardCount)
  await store.close()
}

/** Lets everything that waits for nothing but itself happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setImmediate(resolve))
}
