import type { Clock } from '../../ports/clock.ts'

const firstRestMs = 500
const longestRestMs = 8_000
const maximumPeers = 1024

interface Rest {
  readonly untilMs: number
  readonly lengthMs: number
}

/**
 * Peers that no dial has reached, which are left alone for a while, each time twice as long. Gossip and readers ask for lost
 * peers again and again, and an attempt that fails is dear: all addresses are tried, and then others are asked for more.
 */
export class UnreachablePeers {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  /** In the order of their last failure. */
  readonly #rests = new Map<string, Rest>()

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock
  }

  has(peerId: string): boolean {
    const rest = this.#rests.get(peerId)
    return rest !== undefined && this.#clock.monotonicMs() < rest.untilMs
  }

  failed(peerId: string): void {
    const before = this.#rests.get(peerId)
    const lengthMs = before === undefined ? firstRestMs : Math.min(2 * before.lengthMs, longestRestMs)
    this.#rests.delete(peerId)
    this.#rests.set(peerId, { untilMs: this.#clock.monotonicMs() + lengthMs, lengthMs })
    if (this.#rests.size > maximumPeers) this.#rests.delete(this.#rests.keys().next().value as string)
  }

  reached(peerId: string): void {
    this.#rests.delete(peerId)
  }
}
