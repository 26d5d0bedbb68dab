import type { Clock, Timer } from '../ports/clock.ts'
import { TimerQueue } from './timer-queue.ts'

/*
 * Virtual time for tests and the simulator.
 *
 * Time stands still while code runs and jumps to the next timer when nothing is left to do. Timers fire one at a time, in
 * order of (due time, order of setting). Each fires in a callback of its own in Node's event loop (setImmediate): every
 * microtask that one sets off, however long the chain of promises, has run before the next. So a program that waits on
 * nothing but this clock and promises takes the same steps in the same order every time it runs.
 *
 * One turn of the event loop costs several times what one callback does. Who waits on nothing else can have many timers fire
 * in one turn; with one in each, files that a program reads meanwhile come about in time.
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

export interface ManualClockOptions {
  /** What `nowMs` gives at first, in milliseconds since the Unix epoch. Default 2024-01-01T00:00Z. */
  readonly startMs?: number
  /** Timers that fire in one turn of the event loop. Default 1. */
  readonly timersPerTurn?: number
}

export function manualClock({ startMs = 1_704_067_200_000, timersPerTurn = 1 }: ManualClockOptions = {}): ManualClock {
  return new VirtualClock(startMs, timersPerTurn)
}

class VirtualClock implements ManualClock {
  readonly #startMs: number
  readonly #timersPerTurn: number
  readonly #queue = new TimerQueue()
  #elapsedMs = 0

  constructor(startMs: number, timersPerTurn: number) {
    this.#startMs = startMs
    this.#timersPerTurn = timersPerTurn
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
    await turn()
    const hasFired = this.#fireNext(Number.POSITIVE_INFINITY)
    await turn()
    return hasFired
  }

  advance(durationMs: number): Promise<void> {
    return this.runUntil(this.#elapsedMs + durationMs)
  }

  async runUntil(monotonicMs: number): Promise<void> {
    await inTurns(this.#timersPerTurn, () => this.#fireNext(monotonicMs))
    this.#elapsedMs = Math.max(this.#elapsedMs, monotonicMs)
  }

  async settle<T>(promise: Promise<T>, options: { withinMs?: number } = {}): Promise<T> {
    const limitMs = this.#elapsedMs + (options.withinMs ?? Number.POSITIVE_INFINITY)
    let pending = true
    const done = (): void => {
      pending = false
    }
    promise.then(done, done)
    await turn()
    while (pending) {
      if (!this.#fireNext(limitMs)) throw new Error(`still pending at ${this.#elapsedMs} ms`)
      await turn()
    }
    return promise
  }

  #fireNext(limitMs: number): boolean {
    const call = this.#queue.peek()
    if (call === undefined || call.dueMs > limitMs) return false
    this.#queue.remove(call)
    this.#elapsedMs = Math.max(this.#elapsedMs, call.dueMs)
    call.fire()
    return true
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Calls `step` until it gives false, so often in each turn. Microtasks run between calls. */
function inTurns(callsPerTurn: number, step: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let isOver = false
    const call = (): void => {
      if (isOver) return
      try {
        isOver = !step()
      } catch (error) {
        isOver = true
        reject(error)
      }
      if (isOver) resolve()
      else setImmediate(call)
    }
    for (let i = 0; i < callsPerTurn; i++) setImmediate(call)
  })
}
