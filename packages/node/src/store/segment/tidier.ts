/** What the store does between two groups: forgets expired shards, unlinks segments, and looks how full the disk is. */
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import { isOver } from './deletion-day.ts'
import type { Disk } from './disk.ts'
import { reclaimable } from './reclaim.ts'
import type { SegmentFiles } from './segment-files.ts'
import { type Segment, type Segments, segmentFileName } from './segments.ts'
import type { ShardIndex } from './shard-index.ts'
import type { Space } from './space.ts'
import { saveIdentity, type UnitIdentity } from './unit-identity.ts'

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
}

export class Tidier {
  readonly #components: TidierComponents
  readonly #tidied: () => void
  #firstFreeSegment: number
  #isAffirmed = false

  constructor(components: TidierComponents, { tidied }: TidierInit) {
    this.#components = components
    this.#tidied = tidied
    this.#firstFreeSegment = components.identity.firstFreeSegment
  }

  /**
   * Tells that what was found on the disk is durable. Until then a segment whose records have all been voided must stay:
   * what voids them may be lost.
   */
  affirmed(): void {
    this.#isAffirmed = true
  }

  /** Never rejects: what could not be done now is tried again the next time. */
  async tidy(): Promise<void> {
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
    if (this.#isAffirmed) this.#tidied()
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
