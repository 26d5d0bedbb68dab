/**
 * How often something may happen, for each of many keys: peers that ask, addresses that dial. The state of a key is the
 * moment up to which it has used up its share (GCRA, as in ATM networks): each event moves that on by one interval, and it
 * may be ahead of the clock by as much as a burst is.
 */
import type { Clock } from '../ports/clock.ts'

export interface RateLimitOptions {
  readonly perSecond: number
  /** How many may come at once. */
  readonly burst: number
}

/** Keys whose state is remembered: more than there can be connections. One that was silent for a burst starts anew anyway. */
const rememberedKeys = 4_096

export class RateLimit {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #intervalMs: number
  readonly #burstMs: number
  readonly #usedUntilMs = new Map<string, number>()

  /** @throws RangeError */
  constructor(clock: Pick<Clock, 'monotonicMs'>, { perSecond, burst }: RateLimitOptions) {
    if (!(perSecond > 0 && burst > 0))
      throw new RangeError(`a rate must be above 0, not ${perSecond}, ${burst} at once`)
    this.#clock = clock
    this.#intervalMs = 1_000 / perSecond
    this.#burstMs = burst * this.#intervalMs
  }

  /** Counts an event if it may happen now. */
  admits(key: string): boolean {
    const aheadMs = (this.#usedUntilMs.get(key) ?? 0) - this.#clock.monotonicMs()
    // Half an interval is for rounding.
    const hasRoom = aheadMs < this.#burstMs - this.#intervalMs / 2
    if (hasRoom) this.delayMs(key)
    return hasRoom
  }

  /** Counts an event, or one that is worth several, that will happen sooner or later. @returns how long it has to wait */
  delayMs(key: string, worth = 1): number {
    const nowMs = this.#clock.monotonicMs()
    const usedUntilMs = Math.max(nowMs, this.#usedUntilMs.get(key) ?? 0) + worth * this.#intervalMs
    this.#usedUntilMs.delete(key)
    this.#usedUntilMs.set(key, usedUntilMs)
    const [longestSilent] = this.#usedUntilMs.keys()
    if (this.#usedUntilMs.size > rememberedKeys && longestSilent !== undefined) this.#usedUntilMs.delete(longestSilent)
    return Math.max(0, usedUntilMs - nowMs - this.#burstMs)
  }
}
