/**
 * Rebuilds the index from records in any order. Of all records of an id the one with the highest sequence counts: a put is
 * where the shard is, a tombstone says that there is none. (Where a record was copied, both copies have one sequence and
 * say the same; the one in the newer segment is taken.)
 */
import { keyBytes, shardKey } from '../shard-key.ts'
import { laterDay } from './deletion-day.ts'
import { type RecordHeader, recordKinds } from './record.ts'
import { noteRecord, type Segment, type Segments } from './segments.ts'
import { ShardIndex } from './shard-index.ts'
import { ShardTable } from './shard-table.ts'

/** An id of which some record may not be durable. */
export interface Unsure {
  readonly id: Uint8Array
  /** The longest-lived bucket with such a record. */
  readonly day: number
}

/** The length of a row that says that there is nothing. */
const nothing = 0xffffffff

export class Replay {
  readonly #table: ShardTable
  /** The sequence of the record that each row of the table is from. */
  #sequences = new Float64Array(1024)
  /** For each id with a record that may not be durable, the longest-lived bucket with one. */
  readonly #unsureDays = new Map<string, number>()
  #newestSequence = 0

  /** `seed`: see ShardTable. */
  constructor(seed: number) {
    this.#table = new ShardTable(seed)
  }

  get newestSequence(): number {
    return this.#newestSequence
  }

  add(header: RecordHeader, segment: Segment, { isUnsure } = { isUnsure: false }): void {
    const { kind, sequence, id, deleteAfterMs, offsetBytes, checksum } = header
    if (kind === recordKinds.pad) return
    this.#newestSequence = Math.max(this.#newestSequence, sequence)
    noteRecord(segment, header, header.sequence)
    if (isUnsure) {
      const key = shardKey(id)
      this.#unsureDays.set(key, laterDay(segment.day, this.#unsureDays.get(key) ?? segment.day))
    }
    const last = this.#table.find(id)
    if (last !== 0 && this.#isBefore(sequence, segment, last)) return
    if (last !== 0) this.#table.remove(last)
    const lengthBytes = kind === recordKinds.put ? header.bodyBytes : nothing
    const row = this.#table.add({ id, deleteAfterMs, segment: segment.number, offsetBytes, lengthBytes, checksum })
    this.#setSequence(row, sequence)
  }

  /** The index of what is there, and the ids of which it is unsure. Ends the replay. */
  finish(segments: Segments): { index: ShardIndex; unsure: Unsure[] } {
    for (const row of this.#table.rows()) if (this.#table.lengthBytes(row) === nothing) this.#table.remove(row)
    const unsure = [...this.#unsureDays].map(([key, day]) => ({ id: keyBytes(key), day }))
    return { index: new ShardIndex(this.#table, segments), unsure }
  }

  #isBefore(sequence: number, segment: Segment, row: number): boolean {
    const last = this.#sequences[row]!
    return sequence < last || (sequence === last && segment.number < this.#table.segment(row))
  }

  #setSequence(row: number, sequence: number): void {
    if (row >= this.#sequences.length) {
      const longer = new Float64Array(row * 2)
      longer.set(this.#sequences)
      this.#sequences = longer
    }
    this.#sequences[row] = sequence
  }
}
