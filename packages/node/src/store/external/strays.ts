/**
 * What may lie in a bucket and does not count: objects that were replaced, have expired, or whose writing failed without
 * telling whether it did. Those of one shard are deleted in the order in which they were written, so that what is left
 * after a failure is what came last.
 */
import type { Bucket } from './bucket.ts'
import { objectBytes } from './read-object.ts'
import { formatShardName, type ShardName } from './shard-name.ts'

export class Strays {
  readonly #bucket: Bucket
  readonly #names = new Map<string, ShardName[]>()

  constructor(bucket: Bucket) {
    this.#bucket = bucket
  }

  /** The shards that have some. */
  get keys(): string[] {
    return [...this.#names.keys()]
  }

  get bytes(): number {
    return [...this.#names.values()].flat().reduce((sum, name) => sum + objectBytes(name), 0)
  }

  add(key: string, name: ShardName): void {
    this.#names.set(key, [...(this.#names.get(key) ?? []), name])
  }

  /** Deletes all of a shard. To be called in the shard's turn. @throws StoreError STORE_FAILED; the rest stays */
  async remove(key: string): Promise<void> {
    for (;;) {
      const [name, ...others] = this.#names.get(key) ?? []
      if (name === undefined) return
      await this.#bucket.remove(formatShardName(name))
      if (others.length > 0) this.#names.set(key, others)
      else this.#names.delete(key)
    }
  }
}
