/**
 * WebAssembly memory that holds shards at even distances.
 *
 * Processors compare only the low twelve bits of addresses when they look for a store that a load depends on, and caches
 * have few ways per line: shards at power-of-two distances collide on every access and halve the throughput. Distances here
 * are nine blocks more than a multiple of 4096 bytes, which spreads neighbours widely and lets none meet for 32 shards.
 *
 * The memory never grows, because growing would detach every view handed out.
 */
import { blockBytes } from './block.ts'

const pageBytes = 65_536
/** What a 32-bit WebAssembly memory can address. */
const maximumPages = 65_536
const aliasingBytes = 4096
/** What is added to such a multiple, here and wherever vectors lie at even distances. */
export const spreadBytes = 9 * blockBytes

export interface ShardMemory {
  readonly memory: WebAssembly.Memory
  /** Distance between neighbouring shards of a stripe. */
  readonly strideBytes: number
  /** Distance between neighbouring stripes. */
  readonly stripeBytes: number
  /** Where threads agree on who does what, see ranges.ts. */
  readonly controlAtBytes: number
  /** Where this thread's room for tables is, and how large. */
  readonly scratchAtBytes: number
  readonly scratchBytes: number
  /**
   * Where shard 0 of this thread's spare stripe is, for sums that must not overwrite shards. Only pages that are written to
   * take memory: short stretches of it are used, so its size is hardly more than a number.
   */
  readonly spareAtBytes: number
  /** Where the first shard is. */
  readonly shardsAtBytes: number
}

export interface ShardMemorySize {
  readonly shardBytes: number
  readonly shardsPerStripe: number
  /** Default 1. */
  readonly stripes?: number
  /** Per thread. */
  readonly scratchBytes: number
  /** How many threads are to work in the memory, each with its own scratch room; default 1. More make it shared. */
  readonly threads?: number
}

/** @throws RangeError when the shards do not fit into one WebAssembly memory */
export function createShardMemory(size: ShardMemorySize): ShardMemory {
  const { shardBytes, shardsPerStripe, stripes = 1, scratchBytes, threads = 1 } = size
  const strideBytes = Math.ceil(shardBytes / aliasingBytes) * aliasingBytes + spreadBytes
  const stripeBytes = shardsPerStripe * strideBytes
  const scratchAtBytes = blockBytes
  const shardsAtBytes = scratchAtBytes + threads * scratchBytes
  const spareAtBytes = shardsAtBytes + stripes * stripeBytes
  const pages = Math.ceil((spareAtBytes + threads * stripeBytes) / pageBytes)
  if (pages > maximumPages) {
    const shards = `${stripes * shardsPerStripe} shards of ${shardBytes} bytes`
    throw new RangeError(`${shards} and a spare stripe per thread do not fit into a WebAssembly memory of 4 GiB`)
  }
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: threads > 1 })
  return {
    memory,
    strideBytes,
    stripeBytes,
    controlAtBytes: 0,
    scratchAtBytes,
    scratchBytes,
    shardsAtBytes,
    spareAtBytes,
  }
}

/** The same memory for another of its threads; post it to that thread. */
export function forThread(memory: ShardMemory, thread: number): ShardMemory {
  const { scratchAtBytes, scratchBytes, spareAtBytes, stripeBytes } = memory
  return {
    ...memory,
    scratchAtBytes: scratchAtBytes + thread * scratchBytes,
    spareAtBytes: spareAtBytes + thread * stripeBytes,
  }
}

export function isShared({ memory }: ShardMemory): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer
}
