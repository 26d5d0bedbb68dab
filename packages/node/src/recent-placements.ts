/**
 * What this peer has placed lately, and the records of the nodes don't tell of yet: without it a writer would take the same
 * idle node again and again until it hears that it isn't idle any more (Mitzenmacher, "How useful is old information?", 2000).
 * A shard counts half after a few seconds, by when the node's own queue is the better word.
 */
import type { Clock } from './ports/clock.ts'

const halfLifeMs = 5_000
/** Less is forgotten. */
const leastShards = 1 / 8
/** As many as a view has members; the oldest goes first. */
const maximumNodes = 16_384

interface Placed {
  shards: number
  atMs: number
}

export class RecentPlacements {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #placed = new Map<string, Placed>()

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock
  }

  note(peerId: string): void {
    const shards = this.shardsOn(peerId) + 1
    this.#placed.delete(peerId)
    this.#placed.set(peerId, { shards, atMs: this.#clock.monotonicMs() })
    const [oldest] = this.#placed.keys()
    if (this.#placed.size > maximumNodes && oldest !== undefined) this.#placed.delete(oldest)
  }

  shardsOn(peerId: string): number {
    const placed = this.#placed.get(peerId)
    if (placed === undefined) return 0
    const shards = placed.shards * 2 ** (-(this.#clock.monotonicMs() - placed.atMs) / halfLifeMs)
    if (shards >= leastShards) return shards
    this.#placed.delete(peerId)
    return 0
  }
}
