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
const spreadBytes = 9 * blockBytes

export interface ShardMemory {
  readonly memory: WebAssembly.Memory
  /** Distance between neighbouring shards of a stripe. */
  readonly strideBytes: number
  /** Room for tables in front of the first shard. */
  readonly scratchBytes: number
}

export interface ShardMemorySize {
  readonly shardBytes: number
  /** All shards of all stripes. */
  readonly shardCount: number
  readonly scratchBytes: number
}

/** @throws RangeError when the shards do not fit into one WebAssembly memory */
export function createShardMemory({ shardBytes, shardCount, scratchBytes }: ShardMemorySize): ShardMemory {
  const strideBytes = Math.ceil(shardBytes / aliasingBytes) * aliasingBytes + spreadBytes
  const pages = Math.ceil((scratchBytes + shardCount * strideBytes) / pageBytes)
  if (pages > maximumPages) {
    throw new RangeError(`${shardCount} shards of ${shardBytes} bytes do not fit into a WebAssembly memory of 4 GiB`)
  }
  return { memory: new WebAssembly.Memory({ initial: pages, maximum: pages }), strideBytes, scratchBytes }
}
