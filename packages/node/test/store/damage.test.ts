import { expect, test } from 'vitest'
import { openSegmentStore } from '../../src/store/segment/open.ts'
import { id, pattern, shard, summary } from '../contract/shard-store.ts'
import { CollectedLog } from './collected-log.ts'
import { ProcessDisk } from './intercepted-disk.ts'
import { ManualClock } from './manual-clock.ts'
import { Seeded } from './seeded.ts'
import { SimulatedDisk } from './simulated-disk.ts'

const shardCount = 12
const sizes = [10, 5000, 70_000]

function options(disk: SimulatedDisk) {
  const log = new CollectedLog()
  const settings = { directory: 'simulated', capacityBytes: 8 << 20, clock: new ManualClock(), random: new Seeded(1) }
  return { log, settings: { ...settings, logger: log, disk } }
}

/** A unit with one segment of several groups; its process was killed, or closed it. */
async function unitWithShards(ending: 'killed' | 'closed'): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk()
  const process = new ProcessDisk(disk)
  const store = await openSegmentStore({ ...options(disk).settings, disk: process.disk })
  for (let number = 0; number < shardCount; number++) await store.put(shard(number, sizes[number % sizes.length]!))
  await (ending === 'closed' ? store.close() : process.kill())
  return disk
}

/** What reading each shard gives: ok, nothing, or an error code. Wrong bytes are told. */
async function readAll(disk: SimulatedDisk): Promise<{ answers: string[]; log: CollectedLog }> {
  const { settings, log } = options(disk)
  const store = await openSegmentStore(settings)
  const answers: string[] = []
  for (let number = 0; number < shardCount; number++) {
    const right = summary(pattern(number, sizes[number % sizes.length]!))
    const text = await store.get(id(number)).then(summary, (error) => error.code)
    answers.push(text === right ? 'ok' : text)
  }
  await store.close()
  return { answers, log }
}

test.each(['killed', 'closed'] as const)(
  'any damage to one block of a %s segment is noticed, and costs little',
  async (ending) => {
    const whole = await unitWithShards(ending)
    const length = whole.sizeOf('00000001.segment')
    const random = new Seeded(7)
    for (let block = 0; block < length; block += 4096) {
      const disk = await unitWithShards(ending)
      const bytes = disk.bytesOf('00000001.segment')
      if (random.chance(0.5)) bytes.set(random.bytes(512), block + 512 * random.below(8))
      else bytes[block + random.below(4096)]! ^= 1 << random.below(8)
      const { answers } = await readAll(disk)
      for (const answer of answers) expect(['ok', 'nothing', 'SHARD_CORRUPT']).toContain(answer)
      expect(answers.filter((answer) => answer !== 'ok').length, `block ${block}`).toBeLessThanOrEqual(1)
      // With a footer nothing is forgotten: a damaged shard says that it is damaged.
      if (ending === 'closed') expect(answers).not.toContain('nothing')
    }
  },
)

test('damage before the last group of an unsealed segment is reported, and its shard says so', async () => {
  const disk = await unitWithShards('killed')
  disk.bytesOf('00000001.segment')[4096 + 96 + 4]! ^= 1
  const { answers, log } = await readAll(disk)
  expect(answers).toEqual(['SHARD_CORRUPT', ...Array(shardCount - 1).fill('ok')])
  expect(log.at('error')).toEqual(['a segment is damaged: its disk lost or changed what it had confirmed'])
})

test('a torn last group is no damage', async () => {
  const disk = await unitWithShards('killed')
  const bytes = disk.bytesOf('00000001.segment')
  bytes.fill(0, bytes.length - 8192)
  const { answers, log } = await readAll(disk)
  expect(answers).toEqual([...Array(shardCount - 1).fill('ok'), 'nothing'])
  expect(log.at('error')).toEqual([])
})

test('a record at the wrong place is not served', async () => {
  const disk = await unitWithShards('closed')
  const bytes = disk.bytesOf('00000001.segment')
  // Both records are ten bytes in a block of their own; the disk wrote the one over the other.
  const place = bytes.indexOf(id(3)) - 16
  bytes.copy(bytes, 4096, place, place + 4096)
  const { answers } = await readAll(disk)
  expect(answers).toEqual(['SHARD_CORRUPT', ...Array(shardCount - 1).fill('ok')])
})

test('opening garbage neither fails, hangs nor serves anything', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = new Seeded(seed)
    const disk = await unitWithShards(random.chance(0.5) ? 'closed' : 'killed')
    const bytes = Buffer.from(disk.bytesOf('00000001.segment'))
    const kind = random.below(4)
    if (kind === 0) bytes.set(random.bytes(bytes.length))
    else if (kind === 1) for (let count = 0; count < 200; count++) bytes[random.below(bytes.length)] = random.uint32()
    else if (kind === 2) bytes.fill(0xff, random.below(bytes.length))
    else bytes.copyWithin(random.below(bytes.length), random.below(bytes.length))
    disk.plant('00000001.segment', bytes.subarray(0, 1 + random.below(bytes.length)))
    const { answers } = await readAll(disk)
    for (const answer of answers) expect(['ok', 'nothing', 'SHARD_CORRUPT'], `seed ${seed}`).toContain(answer)
  }
})
