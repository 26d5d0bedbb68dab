/**
 * Rows of a few 32-bit words each, numbered from 1 on. They lie in blocks of memory outside the garbage collector's heap: a
 * million of them are a hundred objects to it, growing copies nothing, and what is unused is less than a block. The rows of
 * what was removed are used again.
 */
const blockBits = 12
const blockRows = 1 << blockBits

export class Rows {
  readonly #wordCount: number
  readonly #blocks: Uint32Array[] = []
  #end = 1
  #firstFree = 0

  constructor(wordCount: number) {
    this.#wordCount = wordCount
  }

  /** All rows that are, or were, in use are below this number. */
  get end(): number {
    return this.#end
  }

  /** A row that nobody uses; what its words hold is undefined. */
  add(): number {
    const free = this.#firstFree
    if (free !== 0) {
      this.#firstFree = this.get(free, 0)
      return free
    }
    if (this.#end >> blockBits === this.#blocks.length) {
      this.#blocks.push(new Uint32Array(blockRows * this.#wordCount))
    }
    return this.#end++
  }

  /** Gives a row back. Its first word is no longer the owner's; the others keep their values until the row is used again. */
  remove(row: number): void {
    this.set(row, 0, this.#firstFree)
    this.#firstFree = row
  }

  get(row: number, word: number): number {
    return this.#blocks[row >> blockBits]![(row & (blockRows - 1)) * this.#wordCount + word]!
  }

  set(row: number, word: number, value: number): void {
    this.#blocks[row >> blockBits]![(row & (blockRows - 1)) * this.#wordCount + word] = value
  }

  /** A whole number below 2^53 in two words. */
  getLong(row: number, word: number): number {
    return this.get(row, word) + this.get(row, word + 1) * 2 ** 32
  }

  setLong(row: number, word: number, value: number): void {
    this.set(row, word, value % 2 ** 32)
    this.set(row, word + 1, Math.floor(value / 2 ** 32))
  }

  /** Bytes in words, `count` words of them, little-endian. */
  setBytes(row: number, word: number, bytes: Uint8Array): void {
    for (let index = 0; index * 4 < bytes.length; index++) this.set(row, word + index, wordAt(bytes, index))
  }

  copyBytes(row: number, word: number, into: Uint8Array): void {
    for (let index = 0; index < into.length; index++) {
      into[index] = this.get(row, word + (index >> 2)) >>> ((index & 3) * 8)
    }
  }

  hasBytes(row: number, word: number, bytes: Uint8Array): boolean {
    for (let index = 0; index * 4 < bytes.length; index++) {
      if (this.get(row, word + index) !== wordAt(bytes, index)) return false
    }
    return true
  }
}

/** The little-endian word number `index` of some bytes. */
export function wordAt(bytes: Uint8Array, index: number): number {
  const at = index * 4
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}
