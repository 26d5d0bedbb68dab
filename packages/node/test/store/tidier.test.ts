import { expect, test } from 'vitest'
import { silentLogger } from '../../src/logger/silent-logger.ts'
import { SegmentFiles } from '../../src/store/segment/segment-files.ts'
import { type Segment, Segments } from '../../src/store/segment/segments.ts'
import { ShardIndex } from '../../src/store/segment/shard-index.ts'
import { ShardTable } from '../../src/store/segment/shard-table.ts'
import { Space } from '../../src/store/segment/space.ts'
import { Tidier } from '../../src/store/segment/tidier.ts'
import { ManualClock } from './manual-clock.ts'
import { SimulatedDisk } from './simulated-disk.ts'

const lookMs = 12

/** As many that it takes a while to look over them. */
class ManySegments extends Segments {
  readonly #clock: ManualClock
  looks = 0

  constructor(clock: ManualClock) {
    super()
    this.#clock = clock
  }

  override values(): IterableIterator<Segment> {
    this.looks += 1
    this.#clock.advance(lookMs)
    return super.values()
  }
}

function slowTidier() {
  const clock = new ManualClock()
  const disk = new SimulatedDisk()
  const segments = new ManySegments(clock)
  const components = {
    ...{ clock, disk, segments, logger: silentLogger, files: new SegmentFiles(disk) },
    ...{ index: new ShardIndex(new ShardTable(1), segments), space: new Space(disk, clock, 1 << 30) },
    identity: { name: 'unit', id: new Uint8Array(16), firstFreeSegment: 1 },
  }
  let nudges = 0
  const tidier: Tidier = new Tidier(components, { tidied: () => {}, nudge: () => void nudges++ })
  return { clock, segments, tidier, nudges: () => nudges }
}

test('looking over many segments takes a small share of the time, and is done after the last group too', async () => {
  const { clock, segments, tidier, nudges } = slowTidier()
  for (let group = 0; group < 1000; group++) {
    await tidier.tidy()
    clock.advance(1)
  }
  expect(segments.looks).toBeGreaterThan(1)
  expect(segments.looks * lookMs).toBeLessThan(1000 / 10)
  const before = nudges()
  clock.advance(1000)
  expect(nudges()).toBe(before + 1)
  const looksBefore = segments.looks
  await tidier.tidy()
  expect(segments.looks).toBe(looksBefore + 1)
})

test('a tidier that was stopped does not have itself called again', async () => {
  const { clock, tidier, nudges } = slowTidier()
  await tidier.tidy()
  await tidier.tidy()
  tidier.stop()
  await tidier.tidy()
  clock.advance(10_000)
  expect(nudges()).toBe(0)
})
