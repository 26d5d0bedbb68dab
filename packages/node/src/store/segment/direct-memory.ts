import { alignedMemory } from '../../aligned-memory.ts'
import { maximumShardBytes } from '../../ports/shard-store.ts'
import { blockBytes, blockCeil, recordBytes } from './layout.ts'
import { Turns } from './turns.ts'

const halfBytes = 1 << 20
/** The longest record, wherever it begins and ends within blocks. */
const longestReadBytes = blockCeil(recordBytes(maximumShardBytes)) + blockBytes
const readsAtATime = 4

/** Memory for what passes by the page cache to and from one disk: 2 MiB for writes, and 4 MiB for reads. */
export class DirectMemory {
  readonly #turns = new Turns()
  #halves: readonly Uint8Array[] | undefined
  readonly #free: Uint8Array[] = []
  #made = 0

  /** Lends two equal parts to one write at a time. */
  async forWrite(write: (halves: readonly Uint8Array[]) => Promise<void>): Promise<void> {
    const release = await this.#turns.take('write')
    try {
      this.#halves ??= [alignedMemory(halfBytes), alignedMemory(halfBytes)]
      await write(this.#halves)
    } finally {
      release()
    }
  }

  /** Lends memory to a read; undefined when it is too long, or when all is lent. */
  async forRead<T>(lengthBytes: number, read: (memory: Uint8Array) => Promise<T>): Promise<T | undefined> {
    if (lengthBytes > longestReadBytes) return undefined
    const memory = this.#free.pop() ?? this.#make()
    if (memory === undefined) return undefined
    try {
      return await read(memory.subarray(0, lengthBytes))
    } finally {
      this.#free.push(memory)
    }
  }

  #make(): Uint8Array | undefined {
    if (this.#made === readsAtATime) return undefined
    this.#made += 1
    return alignedMemory(longestReadBytes)
  }
}
