import type { Uint8ArrayList } from 'uint8arraylist'
import { sealSegment } from '../object/cipher.ts'
import { shardBytesFor } from '../object/geometry.ts'
import type { ObjectKeys } from '../object/keys.ts'
import { sha256 } from '../object/manifest.ts'
import type { Coding } from './coding.ts'

export interface EncodedStripe {
  readonly stripe: number
  readonly plaintextBytes: number
  /** All n shards, valid until `release`. */
  readonly shards: readonly Uint8Array[]
  /** SHA-256 of each shard. */
  readonly hashes: readonly Uint8Array[]
  /** Gives the shards' memory back; whoever takes a stripe from the generator calls it once. */
  readonly release: () => void
}

/** Seals each segment straight into the data shards of a stripe and adds its parity in place. */
export async function* encodeSegments(
  segments: AsyncIterable<Uint8ArrayList>,
  coding: Coding,
  keys: ObjectKeys,
  signal: AbortSignal,
): AsyncGenerator<EncodedStripe> {
  const { codec, geometry, stripes } = coding
  let stripe = 0
  for await (const plaintext of segments) {
    const lease = await stripes.take(shardBytesFor(geometry, plaintext.length), signal)
    sealSegment(keys, stripe, plaintext, lease.shards.slice(0, geometry.dataShards))
    codec.encode(lease.shards)
    yield {
      stripe,
      plaintextBytes: plaintext.length,
      shards: lease.shards,
      hashes: lease.shards.map((shard) => sha256(shard)),
      release: () => stripes.release(lease),
    }
    stripe += 1
  }
}
