/**
 * Rebuilds the index from records in any order. Of all records of an id the one with the highest sequence counts: a put is
 * where the shard is, a tombstone says that there is none. (Where a record was copied, both copies have one sequence and
 * say the same; the one in the newer segment is taken.)
 */
import { isExpired } from '../checked-write.ts'
import { shardKey } from '../shard-key.ts'
import { laterDay } from './deletion-day.ts'
import { type RecordHeader, recordKinds, replacesFlag } from './record.ts'
import { noteRecord, type Segment } from './segments.ts'
import type { Entry, ShardIndex } from './shard-index.ts'

/** The last word on an id. */
interface Word {
  readonly sequence: number
  readonly segment: Segment
  readonly entry: Entry | undefined
}

/** What holds for an id of which some record may not be durable. */
export interface Unsure {
  readonly key: string
  /** What is there, if anything. */
  readonly entry: Entry | undefined
  /** The longest-lived bucket with such a record. */
  readonly day: number
}

export class Replay {
  readonly #words = new Map<string, Word>()
  /** For each id with a record that may not be durable, the longest-lived bucket with one. */
  readonly #unsureDays = new Map<string, number>()
  #newestSequence = 0

  get newestSequence(): number {
    return this.#newestSequence
  }

  add(header: RecordHeader, segment: Segment, { isUnsure } = { isUnsure: false }): void {
    const { kind, sequence } = header
    if (kind === recordKinds.pad) return
    this.#newestSequence = Math.max(this.#newestSequence, sequence)
    noteRecord(segment, sequence, isVerdict(header))
    const key = shardKey(header.id)
    if (isUnsure) this.#unsureDays.set(key, laterDay(segment.day, this.#unsureDays.get(key) ?? segment.day))
    const last = this.#words.get(key)
    if (last !== undefined && isBefore(sequence, segment, last)) return
    const entry = kind === recordKinds.put ? entryOf(header, key, segment) : undefined
    this.#words.set(key, { sequence, segment, entry })
  }

  /** Gives the index what is there, and back what of it is unsure. */
  fill(index: ShardIndex, nowMs: number): Unsure[] {
    for (const { entry } of this.#words.values()) {
      if (entry !== undefined && !isExpired(entry.deleteAfterMs, nowMs)) index.set(entry)
    }
    this.#words.clear()
    return [...this.#unsureDays].map(([key, day]) => ({ key, day, entry: index.get(key, nowMs) }))
  }
}

/** Whether a record voids what was written before it under its id. */
export function isVerdict(record: { kind: number; flags: number }): boolean {
  return record.kind === recordKinds.tombstone || (record.flags & replacesFlag) !== 0
}

function isBefore(sequence: number, segment: Segment, last: Word): boolean {
  return sequence < last.sequence || (sequence === last.sequence && segment.number < last.segment.number)
}

function entryOf(header: RecordHeader, key: string, segment: Segment): Entry {
  const { sequence, offsetBytes, checksum, deleteAfterMs } = header
  const runId = shardKey(header.runId)
  const lengthBytes = header.bodyBytes
  return { key, segment, sequence, offsetBytes, lengthBytes, checksum, deleteAfterMs, runId }
}
