import { isExpired } from '../checked-write.ts'
import { ExpiryQueue } from '../expiry-queue.ts'
import { recordBytes } from './layout.ts'
import type { Segment } from './segments.ts'

/** Where a shard is, as the index knows it. */
export interface Entry {
  readonly key: string
  readonly segment: Segment
  readonly sequence: number
  readonly offsetBytes: number
  readonly lengthBytes: number
  readonly checksum: number
  readonly deleteAfterMs: number
  /** The run id, one character a byte. */
  readonly runId: string
}

/** All shards that are durable and can be read, and the exact sum of what they occupy. */
export class ShardIndex {
  readonly #entries = new Map<string, Entry>()
  readonly #expiring = new ExpiryQueue<Entry>((entry) => this.#entries.get(entry.key) === entry)
  #liveBytes = 0

  get size(): number {
    return this.#entries.size
  }

  /** Bytes of the records of all shards. */
  get liveBytes(): number {
    return this.#liveBytes
  }

  get(key: string, nowMs: number): Entry | undefined {
    const entry = this.#entries.get(key)
    return entry === undefined || isExpired(entry.deleteAfterMs, nowMs) ? undefined : entry
  }

  keys(): IterableIterator<string> {
    return this.#entries.keys()
  }

  /** Puts an entry in the place of the one with its key. */
  set(entry: Entry): void {
    this.remove(entry.key)
    this.#entries.set(entry.key, entry)
    this.#count(entry, 1)
    if (entry.deleteAfterMs !== 0) this.#expiring.add(entry)
  }

  remove(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#drop(entry)
    if (entry.deleteAfterMs !== 0) this.#expiring.forget()
  }

  /** Takes out what has expired. */
  expire(nowMs: number): void {
    for (;;) {
      const entry = this.#expiring.take(nowMs)
      if (entry === undefined) return
      this.#drop(entry)
    }
  }

  #drop(entry: Entry): void {
    this.#entries.delete(entry.key)
    this.#count(entry, -1)
  }

  #count(entry: Entry, sign: 1 | -1): void {
    const bytes = sign * recordBytes(entry.lengthBytes)
    entry.segment.liveBytes += bytes
    entry.segment.liveCount += sign
    this.#liveBytes += bytes
  }
}
