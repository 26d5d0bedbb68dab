import type { Clock } from '../ports/clock.ts'
import { sleep } from './sleep.ts'

/** Lets so many bytes pass in a second, whoever brings them. */
export class Throttle {
  readonly #clock: Clock
  readonly #bytesPerSecond: number
  #freeMs = 0

  constructor(clock: Clock, bytesPerSecond: number) {
    this.#clock = clock
    this.#bytesPerSecond = bytesPerSecond
  }

  /** Resolves when it is their turn. @throws the signal's reason when aborted */
  async pass(bytes: number, signal: AbortSignal): Promise<void> {
    const nowMs = this.#clock.monotonicMs()
    const turnMs = Math.max(nowMs, this.#freeMs)
    this.#freeMs = turnMs + (bytes / this.#bytesPerSecond) * 1000
    if (turnMs > nowMs) await sleep(this.#clock, turnMs - nowMs, signal)
  }
}
