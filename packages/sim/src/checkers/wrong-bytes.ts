import { Violation } from '../violation.ts'

/** Checks what a read returns, piece by piece: no wrong byte is ever returned, and a read that ends has returned all. */
export class ExpectedBytes {
  readonly #expected: Uint8Array
  readonly #what: string
  #position = 0

  constructor(expected: Uint8Array, what: string) {
    this.#expected = expected
    this.#what = what
  }

  /** @throws Violation wrong-bytes */
  take(piece: Uint8Array): void {
    const expected = this.#expected.subarray(this.#position, this.#position + piece.length)
    if (Buffer.compare(piece, expected) !== 0) {
      throw new Violation('wrong-bytes', `${this.#what} returned wrong bytes after ${this.#position} right ones`)
    }
    this.#position += piece.length
  }

  /** The read says that this was all. @throws Violation wrong-bytes */
  end(): void {
    if (this.#position === this.#expected.length) return
    throw new Violation(
      'wrong-bytes',
      `${this.#what} ended after ${this.#position} of ${this.#expected.length} bytes as if it were whole`,
    )
  }
}
