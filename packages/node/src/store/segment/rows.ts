/**
 * Rows of a few 32-bit words each, numbered from 1 on. They lie in blocks of memory outside the garbage collector's heap: a
 * million of them are a thousand objects to it, growing copies nothing, and what is unused is less than a block. The rows
 * of what was removed are used again.
 */
const blockBits = 10
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

  /** A row that nobody uses; what its words hold is undefined, or zero when it never was in use. */
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
}
