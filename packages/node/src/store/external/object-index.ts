import { isExpired } from '../checked-write.ts'
import { ExpiryQueue } from '../expiry-queue.ts'
import { objectBytes } from './read-object.ts'
import type { ShardName } from './shard-name.ts'

/** A shard and the object that it is in. */
export interface IndexEntry {
  readonly key: string
  readonly name: ShardName
  /** In the queue of those that expire. */
  seat: number
}

/** Which shards a bucket holds, by their keys, and what they occupy. */
export class ObjectIndex {
  readonly #entries = new Map<string, IndexEntry>()
  readonly #expiring = new ExpiryQueue<IndexEntry>({
    endMs: ({ name }) => name.deleteAfterMs,
    seat: ({ seat }) => seat,
    sit: (entry, seat) => {
      entry.seat = seat
    },
  })
  #liveBytes = 0

  get size(): number {
    return this.#entries.size
  }

  get liveBytes(): number {
    return this.#liveBytes
  }

  keys(): IterableIterator<string> {
    return this.#entries.keys()
  }

  /** Undefined also when the shard has expired. */
  at(key: string, nowMs: number): IndexEntry | undefined {
    const entry = this.#entries.get(key)
    return entry && isExpired(entry.name.deleteAfterMs, nowMs) ? undefined : entry
  }

  /** @returns the object that this one takes the place of */
  set(key: string, name: ShardName): ShardName | undefined {
    const old = this.#entries.get(key)
    if (old !== undefined) this.remove(old)
    const entry = { key, name, seat: 0 }
    this.#entries.set(key, entry)
    this.#liveBytes += objectBytes(name)
    if (name.deleteAfterMs !== 0) this.#expiring.add(entry)
    return old?.name
  }

  /** Does nothing to an entry that has expired meanwhile. */
  remove(entry: IndexEntry): void {
    if (this.#entries.get(entry.key) !== entry) return
    if (entry.name.deleteAfterMs !== 0) this.#expiring.remove(entry)
    this.#drop(entry)
  }

  /** Takes out what has expired, one after the other. */
  *takeExpired(nowMs: number): IterableIterator<IndexEntry> {
    for (let entry = this.#expiring.take(nowMs); entry !== undefined; entry = this.#expiring.take(nowMs)) {
      this.#drop(entry)
      yield entry
    }
  }

  #drop(entry: IndexEntry): void {
    this.#entries.delete(entry.key)
    this.#liveBytes -= objectBytes(entry.name)
  }
}
