import { ProtocolError } from './protocol-error.ts'

/**
 * How many bytes the other end may have in flight towards us: it knows the window's size and is told when bytes of it are
 * free again. That is told in batches of a quarter window, so that small messages do not each cause another; a sender that
 * needs no more than half a window is therefore never left waiting for ever.
 */
export class ReceiveWindow {
  readonly #windowBytes: number
  readonly #announce: (bytes: number) => void
  /** In flight or in use, and what is free again but not yet announced. */
  #takenBytes = 0
  #freedBytes = 0

  /** @param announce tells the other end that it may send so many more bytes */
  constructor(windowBytes: number, announce: (bytes: number) => void) {
    this.#windowBytes = windowBytes
    this.#announce = announce
  }

  /** @throws ProtocolError CREDIT_EXCEEDED */
  take(bytes: number): void {
    if (this.#takenBytes + bytes > this.#windowBytes) {
      throw new ProtocolError('CREDIT_EXCEEDED', `the peer has more than ${this.#windowBytes} B in flight`)
    }
    this.#takenBytes += bytes
  }

  giveBack(bytes: number): void {
    this.#freedBytes += bytes
    if (this.#freedBytes < this.#windowBytes / 4) return
    const freed = this.#freedBytes
    this.#takenBytes -= freed
    this.#freedBytes = 0
    this.#announce(freed)
  }
}
