/*
 * One half of anti-entropy: what to tell a view whose digest is at hand. The records that it lacks may be more than a
 * message carries, so the most outdated go first: unknown peers and former lives, then by how many versions it is behind.
 * What had to wait falls further behind and comes earlier next time; no peer is passed over for ever.
 */
import type { Digest } from './digest.ts'
import { type Counters, compareCounters } from './newer.ts'
import type { SignedRecord } from './signed-record.ts'

export interface Delta {
  /** Records that the other side lacks or has in an older form, the most outdated first. */
  readonly records: readonly SignedRecord[]
  /** Peers of whom the other side knows something newer. */
  readonly wanted: readonly string[]
}

type Known = ReadonlyMap<string, SignedRecord & Counters>

/** @param maxBytes bound for payloads and signatures together */
export function deltaTo(theirs: Digest, ours: Known, maxBytes: number): Delta {
  const table = new Map(theirs.map(([peerId, incarnation, version]) => [peerId, { incarnation, version }]))
  const outdated = [...ours]
    .map(([peerId, record]) => ({ record, gap: versionsBehind(table.get(peerId), record) }))
    .filter(({ gap }) => gap > 0)
    .sort((a, b) => (a.gap === b.gap ? 0 : b.gap - a.gap))
  const wanted = [...table].filter(([peerId, counters]) => {
    const record = ours.get(peerId)
    return record === undefined || compareCounters(record, counters) < 0
  })
  const records = outdated.map(({ record }) => record)
  return { records: withinBytes(records, maxBytes), wanted: wanted.map(([peerId]) => peerId) }
}

/** As many of the first records as fit, bare: payload and signature only. */
export function withinBytes(records: readonly SignedRecord[], maxBytes: number): SignedRecord[] {
  const fitting: SignedRecord[] = []
  let bytes = 0
  for (const { payload, signature } of records) {
    bytes += payload.length + signature.length
    if (bytes > maxBytes) break
    fitting.push({ payload, signature })
  }
  return fitting
}

function versionsBehind(theirs: Counters | undefined, ours: Counters): number {
  if (theirs === undefined || theirs.incarnation < ours.incarnation) return Number.POSITIVE_INFINITY
  return theirs.incarnation > ours.incarnation ? 0 : ours.version - theirs.version
}
