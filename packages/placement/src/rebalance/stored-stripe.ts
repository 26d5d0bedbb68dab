import type { StripeGeometry } from '../geometry.ts'

export interface StoredStripe {
  readonly key: Uint8Array
  readonly geometry: StripeGeometry
  readonly shardBytes: number
  /** The peer id of each shard's node, by shard number. Shards that aren't there have been lost. */
  readonly holders: ReadonlyMap<number, string>
}

/** A shard by the place of its stripe in the list of stripes. */
export interface StoredShard {
  readonly stripe: number
  readonly shard: number
}
