/**
 * How long something takes now, against how long it usually takes in the same place. Disks differ a thousandfold, so no
 * fixed limit tells a sick one: two moving averages of the same samples do, one that follows within some ten samples, and one
 * that needs thousands and so still knows how it used to be.
 */

/** Shares of a new sample in the averages. */
const recentShare = 1 / 16
const usualShare = 1 / 4096
/** Before so many samples nothing is usual. */
const leastSamples = 256
const slowFactor = 8

export class Latency {
  #samples = 0
  #recentMs = 0
  #usualMs = 0

  get recentMs(): number {
    return this.#recentMs
  }

  get usualMs(): number {
    return this.#usualMs
  }

  /** Whether it has become much slower than it used to be; below a millisecond nothing is slow. */
  get isSlow(): boolean {
    return this.#samples >= leastSamples && this.#recentMs > slowFactor * Math.max(this.#usualMs, 1)
  }

  add(durationMs: number): void {
    this.#samples += 1
    this.#recentMs += (durationMs - this.#recentMs) * Math.max(recentShare, 1 / this.#samples)
    this.#usualMs += (durationMs - this.#usualMs) * Math.max(usualShare, 1 / this.#samples)
  }
}
