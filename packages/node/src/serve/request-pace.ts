/**
 * How fast one peer may ask. Who asks faster waits, which its credit makes it feel: nothing is refused, and others are
 * served in between. The pace is kept as the moment from which the peer is owed nothing (GCRA, as in ATM networks): each
 * request moves it on by one interval, and waits for what it is ahead of the clock and the burst that is allowed.
 */
import type { Clock } from '../ports/clock.ts'

/** Peers whose pace is remembered: more than can be connected. One that was silent for a second starts anew anyway. */
const rememberedPeers = 4_096
/** So much of a second may be asked at once. */
const burstMs = 1_000

export class RequestPace {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #intervalMs: number
  readonly #paidUntilMs = new Map<string, number>()

  /** @throws RangeError */
  constructor(clock: Pick<Clock, 'monotonicMs'>, requestsPerSecond: number) {
    if (!(requestsPerSecond > 0)) throw new RangeError(`requestsPerSecond must be above 0, not ${requestsPerSecond}`)
    this.#clock = clock
    this.#intervalMs = 1_000 / requestsPerSecond
  }

  /** Counts a request of the peer. @returns how long it has to wait */
  delayMs(peerId: string): number {
    const nowMs = this.#clock.monotonicMs()
    const paidUntilMs = Math.max(nowMs, this.#paidUntilMs.get(peerId) ?? 0) + this.#intervalMs
    this.#paidUntilMs.delete(peerId)
    this.#paidUntilMs.set(peerId, paidUntilMs)
    const [longestSilent] = this.#paidUntilMs.keys()
    if (this.#paidUntilMs.size > rememberedPeers && longestSilent !== undefined) this.#paidUntilMs.delete(longestSilent)
    return Math.max(0, paidUntilMs - nowMs - burstMs)
  }
}
