import { createHash } from 'node:crypto'
import type { Clock } from '@p2pstore/node'

/**
 * What happened, in order. Everything goes into a hash, by which two runs are compared; events are lines to read as well.
 */
export class Trace {
  readonly #clock: Clock
  readonly #hash = createHash('sha256')
  readonly #write: (line: string) => void

  /** @param write takes the lines as they come; default: nobody reads them */
  constructor(clock: Clock, write: (line: string) => void = () => {}) {
    this.#clock = clock
    this.#write = write
  }

  /** Something worth a line. */
  event(text: string): void {
    const line = `${(this.#clock.monotonicMs() / 1000).toFixed(3).padStart(9)}  ${text}`
    this.#hash.update(`${line}\n`)
    this.#write(line)
  }

  /** One of very many small things. */
  mark(text: string): void {
    this.#hash.update(`${this.#clock.monotonicMs()} ${text}\n`)
  }

  /** SHA-256 of everything, hexadecimal. */
  get digest(): string {
    return this.#hash.copy().digest('hex')
  }
}
