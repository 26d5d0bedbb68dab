/*
 * How well this node itself is doing (Lifeguard's local health multiplier: Dadgar, Phillips and Currey, 2018). A node that
 * is short of time misses answers that were there. So each probe that fails, and each accusation it has to refute, makes it
 * more patient with others, each probe that succeeds less. Its patience multiplies how long it waits for answers and how
 * often it asks.
 */
const WORST = 8

export class LocalHealth {
  #score = 0

  /** 1 … 9: what timeouts are multiplied by. */
  get patience(): number {
    return 1 + this.#score
  }

  /** An answer came in time. */
  good(): void {
    this.#score = Math.max(0, this.#score - 1)
  }

  /** An answer didn't come, or this node was accused though it is alive. */
  bad(): void {
    this.#score = Math.min(WORST, this.#score + 1)
  }
}
