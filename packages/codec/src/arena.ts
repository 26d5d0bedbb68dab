/**
 * Room for a fixed number of stripes inside WebAssembly memory, where the codec works without copying.
 *
 * A writer takes a stripe, fills the data shards, encodes, sends the shard views and releases the stripe when they are
 * acknowledged; a reader fills the shards it received and rebuilds the missing ones in place.
 */
import { createShardMemory, type ShardMemory } from './shard-memory.ts'

/** What an arena is made for: a codec or a changer. */
export interface ArenaUser {
  /** Shards of a stripe. */
  readonly totalShards: number
  /** Room that a memory to adopt must have in front of its shards, per thread. */
  readonly scratchBytes: number
  /** Lets it work in place on shards at even distances in this memory; arenas do this by themselves. */
  adopt(memory: ShardMemory): void
}

export interface ArenaOptions {
  /** Largest shard a stripe can hold, in bytes; at least 1. */
  readonly shardBytes: number
  /** How many stripes can be taken at once; at least 1. */
  readonly stripes: number
  /** How many threads are to work in the arena, this one included; default 1. More need shared memory. */
  readonly threads?: number
}

export interface Arena {
  readonly shardBytes: number
  readonly stripes: number
  /** What the stripes lie in, for codecs on other threads: see team.ts. */
  readonly memory: ShardMemory
  /** Stripes that can be taken now. */
  readonly free: number
  /**
   * A stripe with shards of the given length (default `shardBytes`), contents undefined; undefined when none is free.
   * @throws RangeError when the length is not between 0 and `shardBytes`
   */
  take(lengthBytes?: number): Stripe | undefined
}

export interface Stripe {
  /**
   * Views of all the stripe's shards by number. Views obtained before a resize or a release must not be used after it.
   * @throws Error when the stripe was released
   */
  readonly shards: readonly Uint8Array[]
  readonly lengthBytes: number
  /** Gives all shards another length; the bytes they share with the old one stay. Throws like `take` and `shards`. */
  resize(lengthBytes: number): void
  /** Gives the stripe back. Throws when it was released before. */
  release(): void
}

/** The views of one place for a stripe, kept while the length stays the same. */
interface Slot {
  readonly offsetBytes: number
  shards: readonly Uint8Array[]
}

/**
 * An arena for stripes of one codec or changer.
 * @throws RangeError for sizes below 1 or a total beyond 4 GiB
 */
export function createArena(user: ArenaUser, options: ArenaOptions): Arena {
  const { shardBytes, stripes, threads = 1 } = options
  atLeastOne('shardBytes', shardBytes)
  atLeastOne('stripes', stripes)
  atLeastOne('threads', threads)
  const { totalShards, scratchBytes } = user
  const memory = createShardMemory({ shardBytes, shardsPerStripe: totalShards, stripes, scratchBytes, threads })
  user.adopt(memory)
  return new ShardArena(options, totalShards, memory)
}

class ShardArena implements Arena {
  readonly shardBytes: number
  readonly stripes: number
  readonly memory: ShardMemory
  readonly #totalShards: number
  readonly #free: Slot[]

  constructor({ shardBytes, stripes }: ArenaOptions, totalShards: number, memory: ShardMemory) {
    this.shardBytes = shardBytes
    this.stripes = stripes
    this.#totalShards = totalShards
    this.memory = memory
    this.#free = Array.from({ length: stripes }, (_, slot) => ({
      offsetBytes: memory.shardsAtBytes + slot * memory.stripeBytes,
      shards: [],
    }))
  }

  get free(): number {
    return this.#free.length
  }

  take(lengthBytes: number = this.shardBytes): Stripe | undefined {
    this.#checkLength(lengthBytes)
    const slot = this.#free.pop()
    if (!slot) return undefined
    this.#view(slot, lengthBytes)
    return this.#stripe(slot, lengthBytes)
  }

  #stripe(slot: Slot, takenBytes: number): Stripe {
    let length = takenBytes
    let released = false
    const mustBeHeld = () => {
      if (released) throw new Error('the stripe was released')
    }
    return {
      get shards() {
        mustBeHeld()
        return slot.shards
      },
      get lengthBytes() {
        return length
      },
      resize: (lengthBytes) => {
        mustBeHeld()
        this.#checkLength(lengthBytes)
        this.#view(slot, lengthBytes)
        length = lengthBytes
      },
      release: () => {
        mustBeHeld()
        released = true
        this.#free.push(slot)
      },
    }
  }

  #view(slot: Slot, lengthBytes: number): void {
    if (slot.shards[0]?.length === lengthBytes) return
    const { memory, strideBytes } = this.memory
    slot.shards = Array.from(
      { length: this.#totalShards },
      (_, shard) => new Uint8Array(memory.buffer, slot.offsetBytes + shard * strideBytes, lengthBytes),
    )
  }

  #checkLength(lengthBytes: number): void {
    if (!Number.isInteger(lengthBytes) || lengthBytes < 0 || lengthBytes > this.shardBytes) {
      throw new RangeError(`shards of ${lengthBytes} bytes in an arena for up to ${this.shardBytes}`)
    }
  }
}

function atLeastOne(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) throw new RangeError(`${name} is ${value}, expected at least 1`)
}
