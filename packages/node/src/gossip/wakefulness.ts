/**
 * Notices when this process itself stood still: suspended, stopped, starved of processor time, or its machine asleep. The
 * answers that seem to be missing then arrived here and were not looked at, so nobody else is to blame.
 */
import type { Clock, Timer } from '../ports/clock.ts'

const tickMs = 500
/** Later than this is no ordinary delay. */
const toleratedMs = 1_500
/** What was waiting is worked off within this time after waking. */
const drowsyMs = 2_000

export class Wakefulness {
  readonly #clock: Clock
  readonly #onAwake: (pausedMs: number) => void
  #timer: Timer | undefined
  #lastTickMs = 0
  #drowsyUntilMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, onAwake: (pausedMs: number) => void) {
    this.#clock = clock
    this.#onAwake = onAwake
  }

  /** Whether what seems to have failed may have failed here. */
  get isDrowsy(): boolean {
    const nowMs = this.#clock.monotonicMs()
    return nowMs < this.#drowsyUntilMs || nowMs - this.#lastTickMs > tickMs + toleratedMs
  }

  start(): void {
    this.#lastTickMs = this.#clock.monotonicMs()
    this.#timer = this.#clock.setTimer(tickMs, () => this.#tick())
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #tick(): void {
    const nowMs = this.#clock.monotonicMs()
    const lateMs = nowMs - this.#lastTickMs - tickMs
    if (lateMs > toleratedMs) {
      this.#drowsyUntilMs = nowMs + drowsyMs
      this.#onAwake(lateMs)
    }
    this.start()
  }
}
