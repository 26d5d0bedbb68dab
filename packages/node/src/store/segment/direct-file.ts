/**
 * A segment's file past the system's page cache. A log that writes each byte once and reads few of them soon gains
 * nothing from the cache, and pays for it: the system takes new pages, copies into them and writes them out again at
 * the sync, which was measured to take ten times the processor time of a direct write and several times as long. So all
 * whole blocks are written directly. A long record is read directly the first time; what is read again goes into the
 * cache, and comes from there next.
 *
 * Direct transfers want blocks: offset, length and memory on multiples of the disk's sector. Whole blocks are what the log
 * writes anyway. What is to be written is copied to memory that begins on a page, one half while the other is on its way. What is
 * read comes right where it is wanted, if that lies in its blocks as it does in the file, and is copied there otherwise.
 *
 * Source: open(2), O_DIRECT. Linux has it, for most file systems.
 */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { blocksAround } from '../../aligned-memory.ts'
import type { DirectMemory } from './direct-memory.ts'
import { blockBytes, blockCeil } from './layout.ts'

/** Shorter reads cost as much either way, and more of them fit in the cache. */
export const shortestDirectReadBytes = 256 << 10
/** Offsets of reads remembered in a file: as many as a segment of usual length has such long records. */
const rememberedReads = 1024

/** Where the system has no direct transfers, or this file system hasn't, there is none. */
export async function openDirect(path: string, memory: DirectMemory): Promise<DirectFile | undefined> {
  const flag = constants.O_DIRECT
  if (flag === undefined) return undefined
  try {
    return new DirectFile(await open(path, constants.O_RDWR | flag), memory)
  } catch {
    return undefined
  }
}

/** One file, opened a second time. */
export class DirectFile {
  readonly #handle: FileHandle
  readonly #memory: DirectMemory
  readonly #read = new Set<number>()
  #isRefused = false

  constructor(handle: FileHandle, memory: DirectMemory) {
    this.#handle = handle
    this.#memory = memory
  }

  /**
   * Writes all pieces, one after the other.
   * @returns false when they can't go this way; nothing counts as written then
   * @throws what the system says otherwise, such as ENOSPC or EIO
   */
  async write(pieces: readonly Uint8Array[], offsetBytes: number): Promise<boolean> {
    const lengthBytes = pieces.reduce((sum, piece) => sum + piece.length, 0)
    if (this.#isRefused || offsetBytes % blockBytes !== 0 || lengthBytes % blockBytes !== 0) return false
    const isDone = await this.#unlessRefused(async () => {
      await this.#memory.forWrite((halves) => this.#writeThrough(halves, pieces, offsetBytes))
      return true
    })
    return isDone ?? false
  }

  /**
   * Fills `into`, of {@link shortestDirectReadBytes} at least; in aligned memory, whatever else lies in its blocks goes.
   * @returns false when it is not full: at the end of the file, or when it had better be read through the cache
   */
  async read(into: Uint8Array, offsetBytes: number): Promise<boolean> {
    if (this.#isRefused || !this.#isFirst(offsetBytes)) return false
    const skippedBytes = offsetBytes % blockBytes
    const fill = async (blocks: Uint8Array): Promise<boolean> => {
      const { bytesRead } = await this.#handle.read(blocks, 0, blocks.length, offsetBytes - skippedBytes)
      return bytesRead >= skippedBytes + into.length
    }
    const around = blocksAround(into, offsetBytes, blockBytes)
    const isFull = await this.#unlessRefused(() => {
      if (around !== undefined) return fill(around)
      return this.#memory.forRead(blockCeil(skippedBytes + into.length), async (blocks) => {
        const isFilled = await fill(blocks)
        if (isFilled) into.set(blocks.subarray(skippedBytes, skippedBytes + into.length))
        return isFilled
      })
    })
    return isFull ?? false
  }

  close(): Promise<void> {
    return this.#handle.close()
  }

  /** A file system may take the flag and refuse the transfers. */
  async #unlessRefused<T>(transfer: () => Promise<T | undefined>): Promise<T | undefined> {
    try {
      return await transfer()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error
      this.#isRefused = true
      return undefined
    }
  }

  #isFirst(offsetBytes: number): boolean {
    if (this.#read.has(offsetBytes)) return false
    if (this.#read.size === rememberedReads) this.#read.clear()
    this.#read.add(offsetBytes)
    return true
  }

  /** Both halves may be on their way at a time, so that the disk need not wait until this thread hears that one is done. */
  async #writeThrough(
    halves: readonly Uint8Array[],
    pieces: readonly Uint8Array[],
    offsetBytes: number,
  ): Promise<void> {
    const underway: Promise<void>[] = []
    const failures: unknown[] = []
    let offset = offsetBytes
    const half = async (): Promise<Uint8Array> => {
      await underway.at(-halves.length)
      if (failures.length > 0) throw failures[0]
      return halves[underway.length % halves.length]!
    }
    try {
      for await (const filled of fillings(pieces, half)) {
        const writing = this.#writeBlocks(filled, offset)
        underway.push(writing.catch((error) => void failures.push(error)))
        offset += filled.length
      }
    } finally {
      await Promise.all(underway)
    }
    if (failures.length > 0) throw failures[0]
  }

  async #writeBlocks(blocks: Uint8Array, offsetBytes: number): Promise<void> {
    for (let written = 0; written < blocks.length; ) {
      const length = blocks.length - written
      const { bytesWritten } = await this.#handle.write(blocks, written, length, offsetBytes + written)
      if (bytesWritten === 0) throw new Error('the disk took no bytes')
      written += bytesWritten
    }
  }
}

/** Copies pieces into the memory that `next` gives, and yields each that is full, and the last as far as it is. */
async function* fillings(pieces: readonly Uint8Array[], next: () => Promise<Uint8Array>): AsyncGenerator<Uint8Array> {
  let memory: Uint8Array | undefined
  let filled = 0
  for (const piece of pieces) {
    for (let copied = 0; copied < piece.length; ) {
      memory ??= await next()
      const part = piece.subarray(copied, copied + memory.length - filled)
      memory.set(part, filled)
      filled += part.length
      copied += part.length
      if (filled < memory.length) continue
      yield memory
      memory = undefined
      filled = 0
    }
  }
  if (memory !== undefined) yield memory.subarray(0, filled)
}
