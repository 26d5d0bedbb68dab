/**
 * How fast requests of one kind are served: which time most of them stay below, and how many bytes a second they move.
 *
 * A mean hides the slow tenth, and exact quantiles need every sample. So durations are counted in cells whose limits grow by
 * a fixed factor, as in DDSketch (Masson, Rim and Lee, 2019): whatever the durations, a quantile read off is wrong by a tenth
 * at most, in memory that never grows. Old samples fade: once enough are counted, all counts are halved.
 *
 * Bytes per second are those of all bodies over the time in which at least one request was under way: idle time says nothing
 * about a disk.
 */
import type { SpeedDigest } from '@p2pstore/state'

const growth = 1.2
const longestUs = 3_600_000_000
const cellCount = Math.ceil(Math.log(longestUs) / Math.log(growth)) + 1
/** Counts are halved here, so that a digest is of the latest one to two thousand requests. */
const mostSamples = 2_048
/** Fewer are hearsay. */
const leastSamples = 8
const fastestBytesPerSecond = 1e12

export class SpeedMeter {
  readonly #cells = new Float64Array(cellCount)
  #samples = 0
  #underWay = 0
  #busySinceMs = 0
  #busyMs = 0
  #bytes = 0

  begin(nowMs: number): void {
    if (this.#underWay === 0) this.#busySinceMs = nowMs
    this.#underWay += 1
  }

  /** @param servedBytes of its body; undefined when it failed, which says nothing about speed */
  end(servedBytes: number | undefined, durationMs: number, nowMs: number): void {
    this.#busyMs += nowMs - this.#busySinceMs
    this.#busySinceMs = nowMs
    this.#underWay -= 1
    if (servedBytes === undefined) return
    this.#bytes += servedBytes
    this.#cells[cellOf(durationMs * 1000)]! += 1
    this.#samples += 1
    if (this.#samples >= mostSamples) this.#fade()
  }

  /** Undefined before enough requests have been served. */
  digest(): SpeedDigest | undefined {
    if (this.#samples < leastSamples) return undefined
    const bytesPerSecond = this.#busyMs === 0 ? 0 : (this.#bytes * 1000) / this.#busyMs
    return {
      bytesPerSecond: Math.round(Math.min(bytesPerSecond, fastestBytesPerSecond)),
      p50Us: this.#quantileUs(0.5),
      p90Us: this.#quantileUs(0.9),
      p99Us: this.#quantileUs(0.99),
    }
  }

  #fade(): void {
    this.#cells.forEach((count, cell) => {
      this.#cells[cell] = count / 2
    })
    this.#samples /= 2
    this.#bytes /= 2
    this.#busyMs /= 2
  }

  #quantileUs(share: number): number {
    let left = this.#samples * share
    let cell = 0
    while (cell < cellCount - 1 && left > this.#cells[cell]!) {
      left -= this.#cells[cell]!
      cell += 1
    }
    return Math.min(longestUs, Math.round(growth ** (cell - 0.5)))
  }
}

/** Cell c holds what takes more than growth^(c − 1) and at most growth^c microseconds. */
function cellOf(durationUs: number): number {
  const cell = Math.ceil(Math.log(Math.max(1, durationUs)) / Math.log(growth))
  return Math.min(cell, cellCount - 1)
}
