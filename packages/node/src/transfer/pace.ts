/**
 * How fast each node answers reads, learned from the reads themselves: a smoothed time and deviation per node (as TCP does
 * for round trips, RFC 6298). It orders the sources of a read and says when one is late enough to ask another.
 */
interface Pace {
  smoothedMs: number
  deviationMs: number
}

/** Never ask a second source sooner: below this, extra requests cost more than they save. */
const minimumHedgeMs = 25
/** Before anything is known of a node. */
const initialHedgeMs = 250
/** Extra requests may be this share of all, after a first few. */
const hedgeShare = 0.1
const freeHedges = 8
const maximumNodes = 10_000

export class ReadPace {
  readonly #paces = new Map<string, Pace>()
  #requests = 0
  #hedges = 0

  observe(peerId: string, elapsedMs: number): void {
    const pace = this.#paces.get(peerId)
    if (pace === undefined) {
      if (this.#paces.size < maximumNodes)
        this.#paces.set(peerId, { smoothedMs: elapsedMs, deviationMs: elapsedMs / 2 })
      return
    }
    pace.deviationMs += (Math.abs(elapsedMs - pace.smoothedMs) - pace.deviationMs) / 4
    pace.smoothedMs += (elapsedMs - pace.smoothedMs) / 8
  }

  /** Expected time of a read; undefined before the node has answered one. */
  expectedMs(peerId: string): number | undefined {
    return this.#paces.get(peerId)?.smoothedMs
  }

  /** After how long without an answer from this node another should be asked. */
  hedgeAfterMs(peerId: string): number {
    const pace = this.#paces.get(peerId)
    if (pace === undefined) return initialHedgeMs
    return Math.max(minimumHedgeMs, pace.smoothedMs + 4 * pace.deviationMs)
  }

  countRequest(): void {
    this.#requests += 1
  }

  /** True, and counted, when one more extra request is within the budget. */
  takeHedge(): boolean {
    if (this.#hedges >= freeHedges + hedgeShare * this.#requests) return false
    this.#hedges += 1
    return true
  }
}
