/**
 * Writes that pass by the system's page cache. A log that writes each byte once and reads few of them soon gains nothing from
 * the cache, and pays for it: the system takes new pages, copies into them and writes them out again at the sync, which was
 * measured to take ten times the processor time of a direct write and several times as long.
 *
 * A direct write wants blocks: offset, length and memory on multiples of the disk's sector. Whole blocks are what the log
 * writes anyway, and WebAssembly's memory begins on a page, which is more than JavaScript tells of any other. What is to be
 * written is copied there, one half while the other is on its way to the disk.
 *
 * Source: open(2), O_DIRECT. Linux has it, for most file systems.
 */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { blockBytes } from './layout.ts'
import { Turns } from './turns.ts'

const halfBytes = 1 << 20
const wasmPageBytes = 65_536

/** As far as it is used here; its types come with those of browsers only. */
declare const WebAssembly: {
  readonly Memory: new (pages: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer }
}

/** Memory that direct writes of one disk share, one after the other. */
export class DirectMemory {
  readonly #turns = new Turns()
  #halves: readonly Uint8Array[] | undefined

  /** Lends both halves to one write at a time. */
  async use(write: (halves: readonly Uint8Array[]) => Promise<void>): Promise<void> {
    const release = await this.#turns.take('memory')
    try {
      this.#halves ??= twoHalves()
      await write(this.#halves)
    } finally {
      release()
    }
  }
}

function twoHalves(): readonly Uint8Array[] {
  const pages = (2 * halfBytes) / wasmPageBytes
  const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages })
  return [new Uint8Array(buffer, 0, halfBytes), new Uint8Array(buffer, halfBytes, halfBytes)]
}

/** Where the system has no direct writes, or this file system hasn't, there is none. */
export async function openDirectWriter(path: string, memory: DirectMemory): Promise<DirectWriter | undefined> {
  const flag = constants.O_DIRECT
  if (flag === undefined) return undefined
  try {
    return new DirectWriter(await open(path, constants.O_WRONLY | flag), memory)
  } catch {
    return undefined
  }
}

/** One file, opened a second time. */
export class DirectWriter {
  readonly #handle: FileHandle
  readonly #memory: DirectMemory
  #isRefused = false

  constructor(handle: FileHandle, memory: DirectMemory) {
    this.#handle = handle
    this.#memory = memory
  }

  /** Whether bytes can go this way. */
  takes(offsetBytes: number, lengthBytes: number): boolean {
    return !this.#isRefused && offsetBytes % blockBytes === 0 && lengthBytes % blockBytes === 0
  }

  /**
   * Writes all pieces, one after the other.
   * @returns false when the file system refuses direct writes of such blocks after all; nothing counts as written then
   * @throws what the system says otherwise, such as ENOSPC or EIO
   */
  async write(pieces: readonly Uint8Array[], offsetBytes: number): Promise<boolean> {
    try {
      await this.#memory.use((halves) => this.#writeThrough(halves, pieces, offsetBytes))
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error
      this.#isRefused = true
      return false
    }
  }

  async #writeThrough(
    halves: readonly Uint8Array[],
    pieces: readonly Uint8Array[],
    offsetBytes: number,
  ): Promise<void> {
    let offset = offsetBytes
    let underway: Promise<void> = Promise.resolve()
    let turn = 0
    try {
      for (const filled of fillings(pieces, () => halves[turn++ % 2] as Uint8Array)) {
        await underway
        underway = this.#writeBlocks(filled, offset)
        offset += filled.length
      }
    } finally {
      await underway
    }
  }

  async #writeBlocks(blocks: Uint8Array, offsetBytes: number): Promise<void> {
    for (let written = 0; written < blocks.length; ) {
      const length = blocks.length - written
      const { bytesWritten } = await this.#handle.write(blocks, written, length, offsetBytes + written)
      if (bytesWritten === 0) throw new Error('the disk took no bytes')
      written += bytesWritten
    }
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

/** Copies pieces into the memory that `next` gives, and yields each that is full, and the last as far as it is. */
function* fillings(pieces: readonly Uint8Array[], next: () => Uint8Array): Generator<Uint8Array> {
  let memory: Uint8Array | undefined
  let filled = 0
  for (const piece of pieces) {
    for (let copied = 0; copied < piece.length; ) {
      memory ??= next()
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
