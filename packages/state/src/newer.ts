/*
 * Which of two records of one peer is the newer one. Keeping the newer is the whole of merging, and it is a semilattice
 * (commutative, associative, idempotent: Shapiro et al., "Conflict-free replicated data types", 2011) because the order
 * is total: incarnation, then version, then the bytes themselves. The last step only matters for a node that signs two
 * different records with one version; then everybody who has seen both still keeps the same one.
 */
import type { OpenRecord } from './signed-record.ts'

/** A record's place in its peer's history. */
export interface Counters {
  readonly incarnation: number
  readonly version: number
}

/** Negative when `a` is older than `b`, 0 when they are equally old, positive when `a` is newer. */
export function compareCounters(a: Counters, b: Counters): number {
  return a.incarnation - b.incarnation || a.version - b.version
}

/** As {@link compareCounters}, with ties broken by payload, then by signature; 0 only for the same bytes. */
export function compareRecords(a: OpenRecord, b: OpenRecord): number {
  return (
    compareCounters(a.record, b.record) || compareBytes(a.payload, b.payload) || compareBytes(a.signature, b.signature)
  )
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!
  }
  return a.length - b.length
}
