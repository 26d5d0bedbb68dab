/**
 * All shards that are durable and can be read, and the exact sum of what they occupy.
 *
 * What ends leaves index and figures to the millisecond. To know what ends next, those that end within the hour wait in a
 * queue; each hour a look over all shards fills it again. So a shard that ends some day costs no more memory until then than
 * one that never does.
 */
import { isExpired } from '../checked-write.ts'
import { ExpiryQueue } from '../expiry-queue.ts'
import { recordBytes } from './layout.ts'
import type { Segment, Segments } from './segments.ts'
import type { ShardTable } from './shard-table.ts'

/** Where a shard is, as the index knows it. */
export interface Entry {
  readonly id: Uint8Array
  readonly deleteAfterMs: number
  readonly segment: Segment
  readonly offsetBytes: number
  readonly lengthBytes: number
  readonly checksum: number
}

export function isSamePlace(a: Entry | undefined, b: Entry): boolean {
  return a !== undefined && a.segment === b.segment && a.offsetBytes === b.offsetBytes
}

const lookAheadMs = 3_600_000

export class ShardIndex {
  readonly #table: ShardTable
  readonly #segments: Segments
  /** Where the rows in the queue sit. */
  readonly #seats = new Map<number, number>()
  /** Every row that ends before the horizon. */
  readonly #ending: ExpiryQueue<number>
  #horizonMs = Number.NEGATIVE_INFINITY
  #liveBytes = 0

  /** Every row of the table must be of a shard that can be read, or has expired. */
  constructor(table: ShardTable, segments: Segments) {
    this.#table = table
    this.#segments = segments
    this.#ending = new ExpiryQueue({
      endMs: (row) => table.deleteAfterMs(row),
      seat: (row) => this.#seats.get(row)!,
      sit: (row, seat) => this.#seats.set(row, seat),
    })
    for (const row of table.rows()) this.#count(row, 1)
  }

  get size(): number {
    return this.#table.size
  }

  /** Bytes of the records of all shards. */
  get liveBytes(): number {
    return this.#liveBytes
  }

  get(id: Uint8Array, nowMs: number): Entry | undefined {
    const row = this.#table.find(id)
    return row === 0 || isExpired(this.#table.deleteAfterMs(row), nowMs) ? undefined : this.#entry(row, id)
  }

  /** Of shards that expire while this is read, some may be among them. */
  *ids(): IterableIterator<Uint8Array> {
    for (const row of this.#table.rows()) yield this.#table.id(row)
  }

  /** Puts an entry in the place of the one with its id. */
  set(entry: Entry): void {
    const { id, deleteAfterMs, segment, offsetBytes, lengthBytes, checksum } = entry
    this.remove(id)
    const row = this.#table.add({ id, deleteAfterMs, segment: segment.number, offsetBytes, lengthBytes, checksum })
    this.#count(row, 1)
    this.#queueIfEnding(row)
  }

  remove(id: Uint8Array): void {
    const row = this.#table.find(id)
    if (row !== 0) this.#drop(row)
  }

  /** Takes out what has expired. */
  expire(nowMs: number): void {
    if (nowMs >= this.#horizonMs) {
      this.#horizonMs = nowMs + lookAheadMs
      for (const row of this.#table.rows()) this.#queueIfEnding(row)
    }
    for (;;) {
      const row = this.#ending.take(nowMs)
      if (row === undefined) return
      this.#seats.delete(row)
      this.#drop(row)
    }
  }

  #queueIfEnding(row: number): void {
    if (isExpired(this.#table.deleteAfterMs(row), this.#horizonMs - 1) && !this.#seats.has(row)) this.#ending.add(row)
  }

  #drop(row: number): void {
    if (this.#seats.has(row)) {
      this.#ending.remove(row)
      this.#seats.delete(row)
    }
    this.#count(row, -1)
    this.#table.remove(row)
  }

  #entry(row: number, id: Uint8Array): Entry {
    const table = this.#table
    return {
      id,
      deleteAfterMs: table.deleteAfterMs(row),
      segment: this.#segments.get(table.segment(row)),
      offsetBytes: table.offsetBytes(row),
      lengthBytes: table.lengthBytes(row),
      checksum: table.checksum(row),
    }
  }

  #count(row: number, sign: 1 | -1): void {
    const bytes = sign * recordBytes(this.#table.lengthBytes(row))
    const segment = this.#segments.get(this.#table.segment(row))
    segment.liveBytes += bytes
    segment.liveCount += sign
    this.#liveBytes += bytes
  }
}
