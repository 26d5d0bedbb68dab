/**
 * What carries messages between simulated nodes: a request and its answer take half a round trip each, get lost by chance or
 * because a way is cut, and are counted. What is lost is noticed by its caller when its time is up, as on a real network.
 */
import type { ManualClock } from '@p2pstore/node/memory'
import type { Dice } from '../dice.ts'

export interface WireOptions {
  readonly clock: ManualClock
  readonly dice: Dice
  readonly lossPerMille: number
  /** Between two nodes, by number. */
  readonly roundTripUs: (a: number, b: number) => number
}

/** One end of the wire. */
export interface Station {
  readonly number: number
  readonly isUp: boolean
}

export class Wire {
  /** Which side of a partition a node is on, while there is one. */
  sideOf: ((node: number) => number) | undefined
  /** Sent so far, answers included. */
  messages = 0
  readonly #options: WireOptions
  #trace = 0x811c9dc5

  constructor(options: WireOptions) {
    this.#options = options
  }

  /** Of everything that was sent, in order: two runs of one seed have the same. */
  get trace(): string {
    return (this.#trace >>> 0).toString(16).padStart(8, '0')
  }

  /**
   * Carries a request, and back what the other makes of it.
   * @throws Error when one of them is lost, after the time that the sender waits
   */
  async carry<Answer>(
    from: Station,
    to: Station,
    timeoutMs: number,
    answer: () => Answer | Promise<Answer>,
  ): Promise<Answer> {
    const { clock, roundTripUs } = this.#options
    const deadlineMs = clock.monotonicMs() + timeoutMs
    const oneWayMs = roundTripUs(from.number, to.number) / 2_000
    this.#mark(from, to)
    if (!this.#passes(from, to)) return this.#lost(deadlineMs)
    await pass(clock, oneWayMs)
    if (!to.isUp) return this.#lost(deadlineMs)
    const answered = await answer()
    this.#mark(to, from)
    if (!this.#passes(to, from) || clock.monotonicMs() + oneWayMs >= deadlineMs) return this.#lost(deadlineMs)
    await pass(clock, oneWayMs)
    return answered
  }

  #passes(from: Station, to: Station): boolean {
    const isCut = this.sideOf !== undefined && this.sideOf(from.number) !== this.sideOf(to.number)
    return !isCut && this.#options.dice.integer(1, 1000) > this.#options.lossPerMille
  }

  async #lost(deadlineMs: number): Promise<never> {
    const { clock } = this.#options
    await pass(clock, Math.max(0, deadlineMs - clock.monotonicMs()))
    throw new Error('no answer came in time')
  }

  #mark(from: Station, to: Station): void {
    this.messages += 1
    const moment = Math.round(this.#options.clock.monotonicMs() * 1000)
    for (const part of [moment, from.number, to.number]) this.#trace = Math.imul(this.#trace ^ part, 0x01000193)
  }
}

function pass(clock: ManualClock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.setTimer(ms, resolve))
}
