/**
 * What the store does between two groups, and when a day is over: forgets expired shards, unlinks segments, and looks
 * how full the disk is. To look over the segments of a large disk takes longer than to write a group, so after each
 * look there is a rest.
 */
import type { Clock, Timer } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import { isOver, untilNextDayMs } from './deletion-day.ts'
import type { Disk } from './disk.ts'
import { reclaimable } from './reclaim.ts'
import type { SegmentFiles } from './segment-files.ts'
import { type Segment, type Segments, segmentFileName } from './segments.ts'
import type { ShardIndex } from './shard-index.ts'
import type { Space } from './space.ts'
import { saveIdentity, type UnitIdentity } from './unit-identity.ts'

/** A rest is so many times as long as what was done before it, and at most a second. */
const restPerWork = 20
const longestRestMs = 1000

export interface TidierComponents {
  readonly disk: Disk
  readonly clock: Clock
  readonly logger: Logger
  readonly identity: UnitIdentity
  readonly segments: Segments
  readonly index: ShardIndex
  readonly space: Space
  readonly files: SegmentFiles
}

export interface TidierInit {
  /** Called after tidying, once what was found on the disk is durable. */
  readonly tidied: () => void
  /** Has it called again, between two groups. */
  readonly nudge: () => void
}

export class Tidier {
  readonly #components: TidierComponents
  readonly #init: TidierInit
  #firstFreeSegment: number
  #isAffirmed = false
  #restUntilMs = Number.NEGATIVE_INFINITY
  #afterRest: Timer | undefined
  #nextDay: Timer
  #isStopped = false

  constructor(components: TidierComponents, init: TidierInit) {
    this.#components = components
    this.#init = init
    this.#firstFreeSegment = components.identity.firstFreeSegment
    this.#nextDay = this.#tidyDaily()
  }

  /**
   * Tells that what was found on the disk is durable. Until then a segment whose records have all been voided must stay:
   * what voids them may be lost.
   */
  affirmed(): void {
    this.#isAffirmed = true
  }

  /**
   * Tidies up, or has itself called again after its rest. Never rejects: what could not be done now is tried again the
   * next time.
   */
  async tidy(): Promise<void> {
    const { clock } = this.#components
    const startMs = clock.monotonicMs()
    if (startMs < this.#restUntilMs) return this.#tidyAfterRest(this.#restUntilMs - startMs)
    await this.#tidyNow()
    const endMs = clock.monotonicMs()
    this.#restUntilMs = endMs + Math.min(restPerWork * (endMs - startMs), longestRestMs)
  }

  /** From now on it does not have itself called again. */
  stop(): void {
    this.#isStopped = true
    this.#afterRest?.cancel()
    this.#nextDay.cancel()
  }

  #tidyDaily(): Timer {
    const { clock } = this.#components
    return clock.setTimer(untilNextDayMs(clock.nowMs()), () => {
      this.#nextDay = this.#tidyDaily()
      this.#init.nudge()
    })
  }

  #tidyAfterRest(restMs: number): void {
    if (this.#isStopped || this.#afterRest !== undefined) return
    this.#afterRest = this.#components.clock.setTimer(restMs, () => {
      this.#afterRest = undefined
      this.#init.nudge()
    })
  }

  async #tidyNow(): Promise<void> {
    const { clock, index, logger, segments, space } = this.#components
    try {
      for (;;) {
        const nowMs = clock.nowMs()
        index.expire(nowMs)
        const candidates = [...segments.values()].filter(({ day }) => this.#isAffirmed || isOver(day, nowMs))
        const segment = reclaimable(candidates, nowMs)
        if (segment === undefined) break
        await this.#unlink(segment)
      }
      await space.refresh()
    } catch (error) {
      // That its directory has gone is told by whoever looks after the unit.
      const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT'
      logger[isGone ? 'debug' : 'warn']({ error }, 'the unit could not be tidied')
    }
    if (this.#isAffirmed) this.#init.tidied()
  }

  async #unlink(segment: Segment): Promise<void> {
    const { disk, files, segments } = this.#components
    await this.#rememberNumber(segment.number)
    files.drop(segment.number)
    await disk.unlink(segmentFileName(segment.number))
    segments.remove(segment)
    await disk.syncDirectory()
  }

  /** The files tell which numbers were used, until the last one goes. */
  async #rememberNumber(number: number): Promise<void> {
    const { disk, identity, segments } = this.#components
    if (number < this.#firstFreeSegment || number < segments.highestNumber) return
    await saveIdentity(disk, { ...identity, firstFreeSegment: number + 1 })
    this.#firstFreeSegment = number + 1
  }
}
