import type { Clock } from '../../ports/clock.ts'
import type { Disk } from './disk.ts'

/** How often the file system is asked again how much is free. */
const refreshAfterMs = 1000
const largestReserveBytes = 256 << 20

/**
 * What the unit may still write. A reserve stays free of shards, so that deleting (which writes first) and tidying work on
 * a full unit: a sixteenth of the capacity, at most 256 MiB, one segment.
 */
export class Space {
  readonly #disk: Disk
  readonly #clock: Clock
  #capacityBytes: number
  #diskFreeBytes = 0
  #askedAtMs = Number.NEGATIVE_INFINITY

  constructor(disk: Disk, clock: Clock, capacityBytes: number) {
    this.#disk = disk
    this.#clock = clock
    this.#capacityBytes = capacityBytes
  }

  get capacityBytes(): number {
    return this.#capacityBytes
  }

  /** May be less than what is used: then nothing more is taken until enough has gone. */
  resize(capacityBytes: number): void {
    this.#capacityBytes = capacityBytes
  }

  /** What can be written, by whatever, when the unit's files occupy, or are about to occupy, `usedBytes`. */
  headRoomBytes(usedBytes: number): number {
    return Math.max(0, Math.min(this.#capacityBytes - usedBytes, this.#diskFreeBytes))
  }

  /** What shards can take of the head room. */
  freeBytes(usedBytes: number): number {
    return Math.max(0, this.headRoomBytes(usedBytes) - this.#reserveBytes)
  }

  get #reserveBytes(): number {
    return Math.min(largestReserveBytes, Math.floor(this.#capacityBytes / 16))
  }

  /** Tells of bytes written since the file system was asked. */
  wrote(bytes: number): void {
    this.#diskFreeBytes -= bytes
  }

  /** Tells that the file system was full. */
  ranOut(): void {
    this.#diskFreeBytes = 0
    this.#askedAtMs = this.#clock.monotonicMs()
  }

  async refresh(): Promise<void> {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - this.#askedAtMs < refreshAfterMs) return
    this.#askedAtMs = nowMs
    this.#diskFreeBytes = await this.#disk.freeBytes()
  }
}
