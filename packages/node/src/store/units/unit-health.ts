import type { DiskVerdict } from './disk-verdict.ts'
import { Latency } from './latency.ts'

/** How a unit has been doing since the node started. */
export interface HealthReport {
  /** Reads that the disk refused. */
  readonly readErrors: number
  /** Writes that the disk refused; being full is none. */
  readonly writeErrors: number
  /** Reads that found a shard damaged. */
  readonly damagedReads: number
  readonly readMs: number
  readonly usualReadMs: number
  /** Until durable. */
  readonly writeMs: number
  readonly usualWriteMs: number
  /** Much slower than it used to be. */
  readonly isSlow: boolean
  /** What the disk says of itself. */
  readonly disk: DiskVerdict
  /** How fast it has been filling up, over the last day at most; negative when it empties. */
  readonly fillBytesPerDay: number
}

const dayMs = 86_400_000

export class UnitHealth {
  readonly #reads = new Latency()
  readonly #writes = new Latency()
  #readErrors = 0
  #writeErrors = 0
  #damagedReads = 0
  #failedReadsInRow = 0
  /** How much was live at two moments, the first up to two days ago. */
  #fill: { readonly atMs: number; readonly liveBytes: number }[] = []

  disk: DiskVerdict = 'unknown'

  /** Whether it may be about to fail: it has become slow, or its disk says so. */
  get isDoubtful(): boolean {
    return this.isSlow || this.disk === 'failing'
  }

  get isSlow(): boolean {
    return this.#reads.isSlow || this.#writes.isSlow
  }

  /** Reads that the disk has refused since the last one that it did not. */
  get failedReadsInRow(): number {
    return this.#failedReadsInRow
  }

  read(durationMs: number): void {
    this.#failedReadsInRow = 0
    this.#reads.add(durationMs)
  }

  readFailed(): void {
    this.#readErrors += 1
    this.#failedReadsInRow += 1
  }

  readDamaged(): void {
    this.#failedReadsInRow = 0
    this.#damagedReads += 1
  }

  wrote(durationMs: number): void {
    this.#writes.add(durationMs)
  }

  writeFailed(): void {
    this.#writeErrors += 1
  }

  report(liveBytes: number, nowMs: number): HealthReport {
    return {
      readErrors: this.#readErrors,
      writeErrors: this.#writeErrors,
      damagedReads: this.#damagedReads,
      readMs: this.#reads.recentMs,
      usualReadMs: this.#reads.usualMs,
      writeMs: this.#writes.recentMs,
      usualWriteMs: this.#writes.usualMs,
      isSlow: this.isSlow,
      disk: this.disk,
      fillBytesPerDay: this.#fillRate(liveBytes, nowMs),
    }
  }

  /** From the older of two moments at least a day apart, or from the first report. */
  #fillRate(liveBytes: number, nowMs: number): number {
    const last = this.#fill.at(-1)
    if (last === undefined || nowMs - last.atMs >= dayMs)
      this.#fill = [...this.#fill.slice(-1), { atMs: nowMs, liveBytes }]
    const since = this.#fill[0]!
    const elapsedMs = nowMs - since.atMs
    // A rate over a few seconds would promise a full disk to whoever copies one file.
    return elapsedMs < dayMs / 24 ? 0 : Math.round(((liveBytes - since.liveBytes) * dayMs) / elapsedMs)
  }
}
