import { isExpired } from '../checked-write.ts'
import { recordBytes } from './layout.ts'
import type { Entry, ShardIndex } from './shard-index.ts'

interface VolatileShard {
  readonly entry: Entry
  readonly body: Uint8Array
}

/**
 * Shards that were accepted with durability `memory` and are still on their way to the disk. They lie over the index: what
 * they replace stays in it, and on the disk, until they are durable. As many as two groups hold.
 */
export class VolatileShards {
  readonly #shards = new Map<string, VolatileShard>()

  add(entry: Entry, body: Uint8Array): void {
    this.#shards.set(entry.key, { entry, body })
  }

  remove(key: string): void {
    this.#shards.delete(key)
  }

  get(key: string, nowMs: number): VolatileShard | undefined {
    const shard = this.#shards.get(key)
    return shard === undefined || isExpired(shard.entry.deleteAfterMs, nowMs) ? undefined : shard
  }

  keys(): IterableIterator<string> {
    return this.#shards.keys()
  }

  /** What they change in the figures of an index from which the expired shards were taken out. */
  difference(index: ShardIndex, nowMs: number): { addedBytes: number; replacedBytes: number; addedCount: number } {
    let addedBytes = 0
    let replacedBytes = 0
    let addedCount = 0
    for (const { entry } of this.#shards.values()) {
      const replaced = index.get(entry.key, nowMs)
      const counts = !isExpired(entry.deleteAfterMs, nowMs)
      if (counts) addedBytes += recordBytes(entry.lengthBytes)
      if (replaced !== undefined) replacedBytes += recordBytes(replaced.lengthBytes)
      addedCount += Number(counts) - Number(replaced !== undefined)
    }
    return { addedBytes, replacedBytes, addedCount }
  }
}
