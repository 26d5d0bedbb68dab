import type { Clock, Timer } from '../ports/clock.ts'
import { TimerQueue } from './timer-queue.ts'

/*
 * Virtual time for tests and the simulator.
 *
 * Time stands still while code runs and jumps to the next timer when nothing is left to do. Timers fire one at a time, in
 * order of (due time, order of setting). After each, the clock waits for one turn of Node's event loop (setImmediate):
 * every microtask that the timer set off, however long the chain of promises, has run by then. So a program that waits on
 * nothing but this clock and promises takes the same steps in the same order every time it runs.
 */

export interface ManualClock extends Clock {
  /** Timers that have not fired yet. */
  readonly pendingCount: number
  /** Goes to the next timer and fires it. False when there is none. */
  step(): Promise<boolean>
  /** Lets `durationMs` pass, firing every timer that falls due, those set on the way included. */
  advance(durationMs: number): Promise<void>
  /** As {@link advance}, to a moment on the monotonic scale; does nothing when it has passed. */
  runUntil(monotonicMs: number): Promise<void>
  /**
   * Lets time pass until `promise` settles and returns its value, or rejects as it does.
   * @throws Error when it is still pending with no timer left, or after `withinMs` (default: no limit)
   */
  settle<T>(promise: Promise<T>, options?: { withinMs?: number }): Promise<T>
}

/** `startMs` is what `nowMs` gives at first, in milliseconds since the Unix epoch (default 2024-01-01T00:00Z). */
export function manualClock(options: { startMs?: number } = {}): ManualClock {
  return new VirtualClock(options.startMs ?? 1_704_067_200_000)
}

class VirtualClock implements ManualClock {
  readonly #startMs: number
  readonly #queue = new TimerQueue()
  #elapsedMs = 0

  constructor(startMs: number) {
    this.#startMs = startMs
  }

  get pendingCount(): number {
    return this.#queue.size
  }

  nowMs(): number {
    return Math.floor(this.#startMs + this.#elapsedMs)
  }

  monotonicMs(): number {
    return this.#elapsedMs
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    if (!(delayMs >= 0)) throw new RangeError(`a delay must be 0 ms or more, not ${delayMs}`)
    const call = this.#queue.add(this.#elapsedMs + delayMs, fire)
    return { cancel: () => this.#queue.remove(call) }
  }

  async step(): Promise<boolean> {
    await settleMicrotasks()
    return this.#fireNext(Number.POSITIVE_INFINITY)
  }

  advance(durationMs: number): Promise<void> {
    return this.runUntil(this.#elapsedMs + durationMs)
  }

  async runUntil(monotonicMs: number): Promise<void> {
    await settleMicrotasks()
    while (await this.#fireNext(monotonicMs)) {}
    this.#elapsedMs = Math.max(this.#elapsedMs, monotonicMs)
  }

  async settle<T>(promise: Promise<T>, options: { withinMs?: number } = {}): Promise<T> {
    const limitMs = this.#elapsedMs + (options.withinMs ?? Number.POSITIVE_INFINITY)
    let pending = true
    const done = (): void => {
      pending = false
    }
    promise.then(done, done)
    await settleMicrotasks()
    while (pending) {
      if (!(await this.#fireNext(limitMs))) throw new Error(`still pending at ${this.#elapsedMs} ms`)
    }
    return promise
  }

  async #fireNext(limitMs: number): Promise<boolean> {
    const call = this.#queue.peek()
    if (call === undefined || call.dueMs > limitMs) return false
    this.#queue.remove(call)
    this.#elapsedMs = Math.max(this.#elapsedMs, call.dueMs)
    call.fire()
    await settleMicrotasks()
    return true
  }
}

function settleMicrotasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
