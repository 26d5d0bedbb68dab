import { isExpired } from '../checked-write.ts'
import { shardKey } from '../shard-key.ts'
import { recordBytes } from './layout.ts'
import type { Entry, ShardIndex } from './shard-index.ts'

export interface VolatileShard {
  readonly entry: Entry
  readonly runId: Uint8Array
  readonly body: Uint8Array
}

/**
 * Shards that were accepted with durability `memory` and are still on their way to the disk. They lie over the index: what
 * they replace stays in it, and on the disk, until they are durable. As many as two groups hold.
 */
export class VolatileShards {
  readonly #shards = new Map<string, VolatileShard>()

  add(shard: VolatileShard): void {
    this.#shards.set(shardKey(shard.entry.id), shard)
  }

  remove(id: Uint8Array): void {
    this.#shards.delete(shardKey(id))
  }

  get(id: Uint8Array, nowMs: number): VolatileShard | undefined {
    if (this.#shards.size === 0) return undefined
    const shard = this.#shards.get(shardKey(id))
    return shard === undefined || isExpired(shard.entry.deleteAfterMs, nowMs) ? undefined : shard
  }

  *ids(): IterableIterator<Uint8Array> {
    for (const { entry } of this.#shards.values()) yield entry.id
  }

  /** What they change in the figures of an index from which the expired shards were taken out. */
  difference(index: ShardIndex, nowMs: number): { addedBytes: number; replacedBytes: number; addedCount: number } {
    let addedBytes = 0
    let replacedBytes = 0
    let addedCount = 0
    for (const { entry } of this.#shards.values()) {
      const replaced = index.get(entry.id, nowMs)
      const counts = !isExpired(entry.deleteAfterMs, nowMs)
      if (counts) addedBytes += recordBytes(entry.lengthBytes)
      if (replaced !== undefined) replacedBytes += recordBytes(replaced.lengthBytes)
      addedCount += Number(counts) - Number(replaced !== undefined)
    }
    return { addedBytes, replacedBytes, addedCount }
  }
}
