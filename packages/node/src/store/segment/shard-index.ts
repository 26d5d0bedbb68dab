/**
 * All shards that are durable and can be read, and the exact sum of what they occupy.
 *
 * What expires is taken out of the figures at once, a family at a time, and out of memory later: by a sweep over all rows,
 * when a quarter of them are over, or a day's segments are about to go. Until then the segments' own figures have it.
 */
import { isExpired } from '../checked-write.ts'
import { recordBytes } from './layout.ts'
import type { Segment, Segments } from './segments.ts'
import type { Place, ShardTable } from './shard-table.ts'

/** Where a shard is, as the index knows it. */
export interface Entry {
  readonly id: Uint8Array
  readonly runId: Uint8Array
  readonly deleteAfterMs: number
  readonly segment: Segment
  readonly offsetBytes: number
  readonly lengthBytes: number
  readonly checksum: number
}

export function isSamePlace(a: Entry | undefined, b: Entry): boolean {
  return a !== undefined && a.segment === b.segment && a.offsetBytes === b.offsetBytes
}

export class ShardIndex {
  readonly #table: ShardTable
  readonly #segments: Segments
  #size = 0
  #liveBytes = 0
  #overCount = 0

  /** Every row of the table must be of a shard that can be read, or has expired. */
  constructor(table: ShardTable, segments: Segments) {
    this.#table = table
    this.#segments = segments
    for (const row of table.rows()) this.#count(row, 1)
  }

  get size(): number {
    return this.#size
  }

  /** Bytes of the records of all shards. */
  get liveBytes(): number {
    return this.#liveBytes
  }

  get(id: Uint8Array, nowMs: number): Entry | undefined {
    const row = this.#table.find(id)
    return row === 0 || this.#isOver(row, nowMs) ? undefined : this.#entry(row)
  }

  /** Of shards that expire while this is read, some may be among them. */
  *ids(): IterableIterator<Uint8Array> {
    const { families } = this.#table
    for (const row of this.#table.rows()) if (!families.isOver(this.#table.family(row))) yield this.#table.id(row)
  }

  /** Puts an entry in the place of the one with its id. */
  set(entry: Entry): void {
    this.remove(entry.id)
    this.#count(this.#table.add(entry, placeOf(entry)), 1)
  }

  remove(id: Uint8Array): void {
    const row = this.#table.find(id)
    if (row !== 0) this.#drop(row)
  }

  /** Takes what has expired out of the figures. */
  expire(nowMs: number): void {
    const { families } = this.#table
    for (;;) {
      const family = families.end(nowMs)
      if (family === 0) break
      this.#size -= families.shardCount(family)
      this.#overCount += families.shardCount(family)
      this.#liveBytes -= families.liveBytes(family)
    }
    if (this.#overCount * 4 > this.#size + this.#overCount + 1024) this.sweep()
  }

  /** Takes what was expired out of memory, and out of the segments' figures. */
  sweep(): void {
    if (this.#overCount === 0) return
    const { families } = this.#table
    for (const row of this.#table.rows()) if (families.isOver(this.#table.family(row))) this.#drop(row)
  }

  #drop(row: number): void {
    this.#count(row, -1)
    this.#table.remove(row)
  }

  #isOver(row: number, nowMs: number): boolean {
    const { families } = this.#table
    const family = this.#table.family(row)
    return families.isOver(family) || isExpired(families.deleteAfterMs(family), nowMs)
  }

  #entry(row: number): Entry {
    const table = this.#table
    const family = table.family(row)
    return {
      id: table.id(row),
      runId: table.families.runId(family),
      deleteAfterMs: table.families.deleteAfterMs(family),
      segment: this.#segments.get(table.segment(row)),
      offsetBytes: table.offsetBytes(row),
      lengthBytes: table.lengthBytes(row),
      checksum: table.checksum(row),
    }
  }

  #count(row: number, sign: 1 | -1): void {
    const { families } = this.#table
    const family = this.#table.family(row)
    const bytes = sign * recordBytes(this.#table.lengthBytes(row))
    const segment = this.#segments.get(this.#table.segment(row))
    segment.liveBytes += bytes
    segment.liveCount += sign
    if (families.isOver(family)) {
      this.#overCount += sign
      return
    }
    families.count(family, bytes)
    this.#size += sign
    this.#liveBytes += bytes
  }
}

function placeOf({ segment, offsetBytes, lengthBytes, checksum }: Entry): Place {
  return { segment: segment.number, offsetBytes, lengthBytes, checksum }
}
