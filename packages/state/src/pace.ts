/*
 * Two knobs keep what state costs below a number of bytes a second, whatever the size of the network: how often a node
 * renews its record, and how long it waits between rounds. Everybody gets every record once, so renewals cost each node
 * (members × bytes of a record / interval); half of the budget is for them. The other half is for finding out who lacks
 * what, and so is a round's own cost: the more bytes the last one took, the later the next.
 */

/** Default for what one node sends of state, on average: bytes a second. */
export const DEFAULT_STATE_BYTES_PER_SECOND = 16_384

/** Rounds between renewals, at least: a record must have come round before its silence means anything. */
const SHORTEST_RENEWAL_ROUNDS = 5
const SHORTEST_RENEWAL_MS = 1_000
const LONGEST_RENEWAL_MS = 3_600_000

/** How often to renew a record of so many bytes that so many members are to have, with rounds so far apart at least. */
export function renewalMs(members: number, recordBytes: number, bytesPerSecond: number, roundMs: number): number {
  const wantedMs = (members * recordBytes * 1000) / (bytesPerSecond / 2)
  return Math.round(
    Math.min(Math.max(wantedMs, SHORTEST_RENEWAL_ROUNDS * roundMs, SHORTEST_RENEWAL_MS), LONGEST_RENEWAL_MS),
  )
}

/** How long to wait after a round, `spentBytes` having been sent since the one before. */
export function roundDelayMs(shortestMs: number, spentBytes: number, bytesPerSecond: number): number {
  return Math.max(shortestMs, (spentBytes * 1000) / bytesPerSecond)
}
