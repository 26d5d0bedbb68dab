/*
 * What state costs stays below a number of bytes a second, whatever the size of the network, by two means. Everybody gets
 * every record once, so renewals cost each node (members × bytes of a record / interval): they are spaced to take a quarter
 * of the budget. And whoever has sent more than the budget allows waits with the next exchange; a reserve lets what is
 * changing, starting or healing have its exchanges on time first.
 */

/** Default for what one node sends of state, on average: bytes a second. */
export const DEFAULT_STATE_BYTES_PER_SECOND = 16_384

/** Rounds between renewals, at least: a record must have come round before its silence means anything. */
const SHORTEST_RENEWAL_ROUNDS = 5
const SHORTEST_RENEWAL_MS = 1_000
const LONGEST_RENEWAL_MS = 3_600_000
/** What is not spent is saved for later, no more than for so long. */
const RESERVE_MS = 30_000
/** After a storm of news nobody is silent for longer than that: what came apart must come together again. */
const LONGEST_WAIT_MS = 5_000

/** How often to renew a record of so many bytes that so many members are to have, with rounds so far apart at least. */
export function renewalMs(members: number, recordBytes: number, bytesPerSecond: number, roundMs: number): number {
  const wantedMs = (members * recordBytes * 1000) / (bytesPerSecond / 4)
  return Math.round(
    Math.min(Math.max(wantedMs, SHORTEST_RENEWAL_ROUNDS * roundMs, SHORTEST_RENEWAL_MS), LONGEST_RENEWAL_MS),
  )
}

/** A budget of bytes that fills with time. */
export class Allowance {
  readonly #bytesPerMs: number
  #sentBytes = 0
  /** When all that was sent is paid for; in the past while there is a reserve. */
  #paidMs: number

  constructor(bytesPerSecond: number, nowMs: number) {
    this.#bytesPerMs = bytesPerSecond / 1000
    this.#paidMs = nowMs - RESERVE_MS
  }

  /** How long to send nothing now, at most 5 s. @param sentBytes all that has ever been sent */
  delayMs(sentBytes: number, nowMs: number): number {
    const costMs = (sentBytes - this.#sentBytes) / this.#bytesPerMs
    this.#sentBytes = sentBytes
    this.#paidMs = Math.min(Math.max(this.#paidMs, nowMs - RESERVE_MS) + costMs, nowMs + LONGEST_WAIT_MS)
    return Math.max(0, this.#paidMs - nowMs)
  }
}
