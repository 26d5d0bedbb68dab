/**
 * Memory for the stripes of one codec. Long shards lie in the codec's own memory, where it works in place, and of which there is
 * room for a few stripes. Those of small objects are so short that copying them costs the codec next to nothing, and small
 * objects come in crowds, so they lie outside of it and many may be under way; neither waits for the other.
 */
import { type Arena, type Codec, createArena } from '@p2pstore/codec'
import { type Lease, StripePool } from './stripe-pool.ts'

/** For long shards and as much again, at most, for short ones. */
const memoryBytes = 12 << 20
/** Fewer would leave the network idle while a stripe is being coded. */
const minimumStripes = 2
/** More only adds memory for small stripes. */
const maximumStripes = 64
/** Longest shard that is copied. */
const shortShardBytes = 16 << 10

export class Stripes {
  /** How many long ones there are. */
  readonly count: number
  readonly #long: StripePool
  readonly #short: StripePool

  constructor(codec: Codec, shardBytes: number) {
    this.count = stripesThatFit(codec.totalShards * shardBytes)
    const arena: Arena = createArena(codec, { shardBytes, stripes: this.count })
    this.#long = new StripePool((lengthBytes) => arena.take(lengthBytes))
    this.#short = new StripePool(shortStripes(codec.totalShards))
  }

  /** A stripe of shards of the given length, as soon as there is room; give it back with {@link release}. */
  take(shardBytes: number, signal: AbortSignal): Promise<Lease> {
    return this.#poolFor(shardBytes).take(shardBytes, signal)
  }

  release(lease: Lease): void {
    this.#poolFor(lease.lengthBytes).release(lease)
  }

  #poolFor(shardBytes: number): StripePool {
    return shardBytes > shortShardBytes ? this.#long : this.#short
  }
}

function stripesThatFit(stripeBytes: number): number {
  return Math.min(maximumStripes, Math.max(minimumStripes, Math.floor(memoryBytes / stripeBytes)))
}

/** New memory for each. */
function shortStripes(totalShards: number): (shardBytes: number) => Lease | undefined {
  let free = stripesThatFit(totalShards * shortShardBytes)
  return (lengthBytes) => {
    if (free === 0) return undefined
    free -= 1
    const shards = Array.from({ length: totalShards }, () => new Uint8Array(lengthBytes))
    return {
      shards,
      lengthBytes,
      release() {
        free += 1
      },
    }
  }
}
