/**
 * Compaction: gives back the room of shards that were deleted or replaced, by rewriting segments in which little is left.
 *
 * Copies keep their sequence, so it does not matter for what holds whether there is one record or two: a crash at any
 * moment loses nothing and needs no repair, and what was moved already need not be moved again. A shard is moved in a turn
 * of its id, so that no put or delete of it is between the reading and the copy. A record that voids earlier ones and is no
 * shard any more is kept as a tombstone, as long as another segment has dead puts that old. When all is durable elsewhere,
 * the segment is as good as empty, and the tidier takes it.
 *
 * It works a quarter of the time, all of it when the unit is nearly full, and in slices, between which it looks whether the
 * store is to be closed.
 */
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import { diskFailure } from '../store-error.ts'
import type { Appender } from './appender.ts'
import { compactable } from './compactable.ts'
import { readFooter } from './read-footer.ts'
import { oldestDeadPut } from './reclaim.ts'
import { lengthOf, type RecordHeader } from './record.ts'
import type { SegmentCopier } from './segment-copier.ts'
import type { SegmentFiles } from './segment-files.ts'
import type { Segment, Segments } from './segments.ts'
import type { ShardIndex } from './shard-index.ts'
import type { Space } from './space.ts'

/** What is copied before the next rest. */
const sliceBytes = 1 << 20
const sliceRecords = 256
const restPerWork = 3

export interface CompactorComponents {
  readonly clock: Clock
  readonly logger: Logger
  readonly segments: Segments
  readonly index: ShardIndex
  readonly space: Space
  readonly files: SegmentFiles
  readonly appender: Appender
  readonly copier: SegmentCopier
  readonly unitTag: Uint8Array
}

export class Compactor {
  readonly #components: CompactorComponents
  readonly #segmentBytes: number
  /** Segments that could not be rewritten, and how many shards were left in them: not tried again before some have gone. */
  readonly #stuck = new Map<Segment, number>()
  #running: Promise<void> | undefined
  #stopped = false
  #endRest = (): void => {}

  /** `segmentBytes`: length at which a segment is sealed. */
  constructor(components: CompactorComponents, { segmentBytes }: { segmentBytes: number }) {
    this.#components = components
    this.#segmentBytes = segmentBytes
  }

  /** Looks soon whether there is something to do. */
  wake(): void {
    if (this.#stopped || this.#running !== undefined || this.#next() === undefined) return
    this.#running = this.#run().finally(() => {
      this.#running = undefined
    })
  }

  /** Resolves when nothing is copied any more. What was begun is left as it is. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#endRest()
    await this.#running
  }

  async #run(): Promise<void> {
    const { appender, logger } = this.#components
    for (let segment = this.#next(); segment !== undefined && !this.#stopped; segment = this.#next()) {
      try {
        await this.#rewrite(segment)
      } catch (error) {
        if (this.#stopped) return
        this.#stuck.set(segment, segment.liveCount)
        const failure = diskFailure('cannot rewrite a segment', error)
        logger.warn({ segment: segment.number, error: failure }, 'a segment could not be compacted')
      }
      appender.nudge()
    }
  }

  #next(): Segment | undefined {
    const { clock, segments, space } = this.#components
    const candidates = [...segments.values()].filter((segment) => this.#stuck.get(segment) !== segment.liveCount)
    return compactable(candidates, {
      nowMs: clock.nowMs(),
      isNearlyFull: this.#isNearlyFull(),
      headRoomBytes: space.headRoomBytes(this.#components.appender.plannedBytes),
      segmentBytes: this.#segmentBytes,
    })
  }

  async #rewrite(segment: Segment): Promise<void> {
    const { clock, copier, files, index, logger, segments, unitTag } = this.#components
    const { number, fileBytes } = segment
    const read = (into: Buffer, offsetBytes: number) => files.read(number, into, offsetBytes)
    const footer = await readFooter(read, { segment: number, fileBytes }, unitTag)
    if (footer === undefined) throw new Error('it has no footer that can be read')
    const oldestVoid = oldestDeadPut(segments.values(), segment)
    for (const slice of slices(footer.headers)) {
      const startMs = clock.monotonicMs()
      const damagedCount = await copier.copy(slice, segment, oldestVoid)
      if (damagedCount > 0) throw new Error(`${damagedCount} of its shards are damaged`)
      await this.#rest((clock.monotonicMs() - startMs) * restPerWork)
      if (this.#stopped) return
    }
    index.expire(clock.nowMs())
    if (segment.liveCount > 0) throw new Error(`${segment.liveCount} of its shards are not in its footer`)
    segment.verdictCount = 0
    segment.newestVerdict = 0
    logger.debug({ segment: number, fileBytes }, 'a segment was compacted')
  }

  #isNearlyFull(): boolean {
    const { appender, space } = this.#components
    return space.freeBytes(appender.plannedBytes) * 8 < space.capacityBytes
  }

  async #rest(restMs: number): Promise<void> {
    if (restMs <= 0 || this.#stopped || this.#isNearlyFull()) return
    await new Promise<void>((resolve) => {
      const timer = this.#components.clock.setTimer(restMs, resolve)
      this.#endRest = () => {
        timer.cancel()
        resolve()
      }
    })
  }
}

function* slices(headers: Iterable<RecordHeader>): IterableIterator<RecordHeader[]> {
  let slice: RecordHeader[] = []
  let bytes = 0
  for (const header of headers) {
    slice.push(header)
    bytes += lengthOf(header)
    if (bytes < sliceBytes && slice.length < sliceRecords) continue
    yield slice
    slice = []
    bytes = 0
  }
  if (slice.length > 0) yield slice
}
