/**
 * Group commit. Making one record durable costs a sync of the disk, and so does making a thousand. Records therefore
 * gather in memory while the group before them is being written; when its sync ends, all that has gathered becomes the
 * next group: one gathering write and one fdatasync for each segment it touches, almost always one. A lone writer waits for
 * no timer, and a crowd shares its syncs.
 *
 * Each deletion day has a segment of its own that is being filled (see deletion-day.ts). All is bounded: while one group is
 * written the next one takes at most `groupBytes`, in a limited number of segments; whoever comes then waits in line (see
 * group-room.ts). A full segment gets its footer while the next group is written.
 */
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import { diskFailure, StoreError } from '../store-error.ts'
import type { Batch, NewRecord } from './batch.ts'
import { isOver, laterDay } from './deletion-day.ts'
import { GroupRoom, smallGroupBytes } from './group-room.ts'
import { blockBytes, recordBytes, recordHeaderBytes } from './layout.ts'
import { SegmentWriter, type SegmentWriterComponents } from './segment-writer.ts'
import { newSegment, noteRecord } from './segments.ts'
import type { Space } from './space.ts'

/**
 * Most segments being filled at once, and most that wait to be sealed. Each has a file open and holds its footer in memory,
 * 6 MiB at the most.
 */
const openSegmentLimit = 8
/** After a failed write, puts are refused for so long, instead of trying a new file for each. */
const restAfterFailureMs = 1000
/** What a record may cost besides its own length: its footer entry, padding on both sides, a new segment's header. */
const recordOverheadBytes = recordHeaderBytes + 4 * blockBytes

export interface AppenderComponents extends SegmentWriterComponents {
  readonly clock: Clock
  readonly logger: Logger
  readonly space: Space
}

export interface AppenderInit {
  /** Length at which a segment is sealed. */
  readonly segmentBytes: number
  /** Length of a group. */
  readonly groupBytes: number
  readonly firstSequence: number
  readonly firstSegment: number
  /** Called after every group, when nothing is being written. */
  readonly tidy: () => Promise<void>
}

export class Appender {
  readonly #components: AppenderComponents
  readonly #init: AppenderInit
  /** The segment being filled for each deletion day, in the order of last use. */
  readonly #filling = new Map<number, SegmentWriter>()
  /** Full segments that still lack their last batch or their footer. */
  readonly #retired = new Set<SegmentWriter>()
  readonly #room: GroupRoom
  #nextSequence: number
  #nextSegment: number
  #running: Promise<void> | undefined
  #nudged = false
  #closed = false
  #restUntilMs = Number.NEGATIVE_INFINITY
  #doubtfulDay: number | undefined

  constructor(components: AppenderComponents, init: AppenderInit) {
    this.#components = components
    this.#init = init
    this.#room = new GroupRoom(init.groupBytes)
    this.#nextSequence = init.firstSequence
    this.#nextSegment = init.firstSegment
  }

  /**
   * The longest-lived bucket with a record whose write failed in this run. It may have reached the disk, and would be found
   * when the unit is opened again: what is to void it must live as long.
   */
  get doubtfulDay(): number | undefined {
    return this.#doubtfulDay
  }

  /** Bytes that all files will have when everything accepted is written and sealed. */
  get plannedBytes(): number {
    let planned = this.#components.segments.fileBytes
    for (const { plannedBytes, segment } of this.#filling.values()) planned += plannedBytes - segment.fileBytes
    for (const { plannedBytes, segment } of this.#retired) planned += plannedBytes - segment.fileBytes
    return planned
  }

  /** Accepts a record as soon as there is room in memory for it, or refuses it; see {@link NewRecord} for what follows. */
  append(record: NewRecord): void {
    this.#room.queue(recordBytes(record.bodyBytes), () => {
      try {
        this.#accept(record)
      } catch (error) {
        record.settled(diskFailure('cannot take a record', error))
      }
    })
    this.#admit()
  }

  /** Tidies up soon, even if nothing is written. */
  nudge(): void {
    this.#nudged = true
    this.#run()
  }

  /** Writes and seals everything accepted. */
  async close(): Promise<void> {
    this.#closed = true
    for (const day of [...this.#filling.keys()]) this.#retire(day)
    this.nudge()
    await this.#running
  }

  /** Whoever waits is let in when there is room, or refused when the store is closed. */
  #admit(): void {
    this.#room.admit((fits) => this.#closed || (fits && this.#retired.size < openSegmentLimit))
  }

  #accept(record: NewRecord): void {
    const bytes = recordBytes(record.bodyBytes)
    this.#checkAccepts(record.mayUseReserve ? 0 : bytes)
    const writer = this.#writerFor(record.day, bytes)
    const sequence = record.sequence ?? this.#nextSequence++
    noteRecord(writer.segment, record, sequence)
    const offsetBytes = writer.gather().add(record, sequence)
    this.#room.take(bytes)
    record.placed({ segment: writer.segment, offsetBytes })
    this.#run()
  }

  #checkAccepts(bytes: number): void {
    const { clock, space } = this.#components
    if (this.#closed) throw new StoreError('STORE_CLOSED', 'the store is closed')
    if (clock.monotonicMs() < this.#restUntilMs) throw new StoreError('STORE_FAILED', 'the disk failed a moment ago')
    if (bytes === 0 || bytes + recordOverheadBytes <= space.freeBytes(this.plannedBytes)) return
    this.nudge()
    const { capacityBytes } = space
    throw new StoreError('STORE_FULL', `the unit is full: the rest of its ${capacityBytes} bytes is kept for deletions`)
  }

  #writerFor(day: number, bytes: number): SegmentWriter {
    const current = this.#filling.get(day)
    if (current !== undefined && !current.failed && current.takes(bytes, this.#init.segmentBytes)) {
      this.#filling.delete(day)
      this.#filling.set(day, current)
      return current
    }
    this.#retire(day)
    if (this.#filling.size >= openSegmentLimit) this.#retire(this.#filling.keys().next().value!)
    const writer = new SegmentWriter(this.#components, newSegment(this.#nextSegment++, day))
    this.#filling.set(day, writer)
    return writer
  }

  #retire(day: number): void {
    const writer = this.#filling.get(day)
    if (writer === undefined) return
    this.#filling.delete(day)
    this.#retired.add(writer)
  }

  #run(): void {
    this.#running ??= this.#writeGroups()
  }

  async #writeGroups(): Promise<void> {
    while (this.#room.gatheredBytes > 0 || this.#retired.size > 0 || this.#nudged) {
      this.#nudged = false
      // Whoever puts in the same turn of the event loop joins a small group; so do those whom the last group has just let go.
      // Without it they would fall into two halves that wait for each other's syncs.
      if (this.#room.gatheredBytes < smallGroupBytes) await new Promise((resolve) => setImmediate(resolve))
      const full = [...this.#retired].filter(({ isGathering }) => !isGathering)
      const writes = this.#takeBatches().map(([writer, batch]) => this.#write(writer, batch))
      await Promise.all([...writes, ...full.map((writer) => this.#seal(writer))])
      this.#retireOver()
      this.#admit()
      await this.#init.tidy()
    }
    this.#running = undefined
  }

  #takeBatches(): [SegmentWriter, Batch][] {
    const batches: [SegmentWriter, Batch][] = []
    for (const writer of [...this.#filling.values(), ...this.#retired]) {
      const batch = writer.takeBatch()
      if (batch !== undefined) batches.push([writer, batch])
    }
    this.#room.close()
    this.#admit()
    return batches
  }

  async #write(writer: SegmentWriter, batch: Batch): Promise<void> {
    try {
      await writer.write(batch)
    } catch (error) {
      const failure = diskFailure('cannot write to the unit', error)
      this.#doubtfulDay = laterDay(this.#doubtfulDay ?? writer.segment.day, writer.segment.day)
      this.#failed(writer, failure)
      return batch.settle(failure)
    }
    this.#components.space.wrote(batch.bytes)
    batch.settle()
  }

  async #seal(writer: SegmentWriter): Promise<void> {
    await writer.seal().catch((error) => this.#failed(writer, diskFailure('cannot seal a segment', error)))
    this.#retired.delete(writer)
  }

  #failed(writer: SegmentWriter, failure: StoreError): void {
    const { clock, logger, space } = this.#components
    const { number, day } = writer.segment
    logger.error({ segment: number, error: failure }, 'a segment is given up: its disk failed')
    if (this.#filling.get(day) === writer) this.#retire(day)
    if (failure.code === 'STORE_FULL') space.ranOut()
    else this.#restUntilMs = clock.monotonicMs() + restAfterFailureMs
  }

  #retireOver(): void {
    const nowMs = this.#components.clock.nowMs()
    for (const day of [...this.#filling.keys()]) if (isOver(day, nowMs)) this.#retire(day)
  }
}
