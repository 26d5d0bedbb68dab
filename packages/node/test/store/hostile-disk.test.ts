/**
 * Disks that say one thing and do another: a sync that promises and does nothing, writes that go elsewhere, sectors that
 * turn. Nothing can keep promises on them. What can be kept: the store opens, answers only with bytes that were put under
 * that id, and says what it noticed.
 */
import { expect, test } from 'vitest'
import { openSegmentStore } from '../../src/store/segment/open.ts'
import { id, shard, summary } from '../contract/shard-store.ts'
import { CollectedLog } from './collected-log.ts'
import { type Intercept, interceptedDisk, ProcessDisk } from './intercepted-disk.ts'
import { ManualClock } from './manual-clock.ts'
import { Seeded } from './seeded.ts'
import { seedsOf } from './seeds.ts'
import { SimulatedDisk } from './simulated-disk.ts'

/** How many lives each disk gets: P2PSTORE_SEEDS=100000 for a long run. */
const seeds = seedsOf('P2PSTORE_SEEDS', 300)
const lives = seeds.slice(0, Math.ceil(seeds.length / 10))
const idCount = 12

const hostilities: Record<string, (disk: SimulatedDisk, random: Seeded) => Intercept> = {
  'syncs that do nothing': (_, random) => async (operation, run) =>
    operation.kind === 'sync' && random.chance(0.5) ? (undefined as never) : run(),
  'writes that are lost': (_, random) => async (operation, run) =>
    operation.kind === 'write' && random.chance(0.1) ? (undefined as never) : run(),
  'writes that go to another place': (disk, random) => async (operation, run) => {
    const result = await run()
    if (operation.kind === 'write' && operation.offsetBytes > 0 && random.chance(0.2))
      misdirect(disk, operation, random)
    return result
  },
  'bits that turn': (disk, random) => async (operation, run) => {
    if (operation.kind === 'read' && random.chance(0.1)) {
      const bytes = disk.bytesOf(operation.name)
      if (bytes.length > 0) bytes[random.below(bytes.length)]! ^= 1 << random.below(8)
    }
    return run()
  },
}

/** Moves the last block of a file over another block of some file. */
function misdirect(disk: SimulatedDisk, { name }: { name: string }, random: Seeded): void {
  const from = disk.bytesOf(name)
  const names = disk.fileNames().filter((other) => other.includes('.segment'))
  const to = disk.bytesOf(random.pick(names))
  if (from.length < 8192 || to.length < 4096) return
  const block = Buffer.from(from.subarray(from.length - 4096))
  from.fill(0, from.length - 4096)
  to.set(block, 4096 * random.below(to.length / 4096))
}

test.each(Object.entries(hostilities))(
  `on a disk with %s nothing wrong is served`,
  async (_, hostility) => {
    let losses = 0
    let reports = 0
    for (const seed of lives) {
      const { lost, reported } = await life(seed, hostility)
      losses += lost
      reports += reported
    }
    // It is a hostile disk: it must have cost something, and have been noticed.
    expect(losses).toBeGreaterThan(0)
    expect(reports).toBeGreaterThan(0)
  },
  14_400_000,
)

async function life(
  seed: number,
  hostility: (typeof hostilities)[string],
): Promise<{ lost: number; reported: number }> {
  const random = new Seeded(seed)
  const disk = new SimulatedDisk()
  const clock = new ManualClock()
  const log = new CollectedLog()
  const puts = Array.from({ length: idCount }, () => new Set(['nothing', 'SHARD_CORRUPT', 'STORE_FAILED']))
  const last: (string | undefined)[] = []
  const sizes = { capacityBytes: 8 << 20, segmentBytes: 1 << 16, groupBytes: 1 << 16 }
  let lost = 0
  for (let generation = 0; generation < 3; generation++) {
    const process = new ProcessDisk(interceptedDisk(disk, hostility(disk, random)))
    const options = { directory: 'simulated', ...sizes, clock, random, logger: log, disk: process.disk }
    const store = await openSegmentStore(options).catch((error) => {
      // Its very identity may have been lost; then it is refused, not guessed.
      expect(error.code, `seed ${seed}`).toMatch(/^(UNIT_DAMAGED|UNIT_FOREIGN|STORE_FAILED)$/)
    })
    if (store === undefined) return { lost: lost + 1, reported: 1 }
    for (let number = 0; number < idCount; number++) {
      const text = await store.get(id(number)).then(summary, (error) => error.code)
      expect([...puts[number]!], `seed ${seed}, shard ${number}`).toContain(text)
      if (last[number] !== undefined && text !== last[number]) lost++
    }
    for (let step = 0; step < 30; step++) {
      const number = random.below(idCount)
      const write = shard(number, random.below(9000), { seed: generation * 100 + step })
      const text = summary(write.body.slice())
      puts[number]!.add(text)
      const isDone = await store.put(write, { ifPresent: 'replace' }).then(
        () => true,
        () => false,
      )
      last[number] = isDone ? text : undefined
    }
    await (random.chance(0.5) ? store.close() : process.kill())
    await process.kill()
    disk.powerCut(random)
  }
  return { lost, reported: log.lines.filter(({ level }) => level === 'error' || level === 'warn').length }
}
