/**
 * Chance that can be repeated: the same seed gives the same numbers everywhere (Mulberry32: a counter by a constant step, its
 * bits well mixed). Good enough to shuffle shards, not for secrets.
 */
export class SeededRandom {
  #state: number

  /** @param seed 0 … 2^32 − 1 */
  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** A whole number in 0 … limit − 1. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
}
