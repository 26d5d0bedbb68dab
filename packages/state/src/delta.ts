/*
 * One half of anti-entropy: what to tell a view whose entries are at hand. The records that it lacks may be more than a
 * message carries, so the most outdated go first: unknown peers and former lives, then by how many versions it is behind.
 * What had to wait falls further behind and comes earlier next time; no peer is passed over for ever.
 */
import type { DigestEntry } from './digest.ts'
import { type Counters, compareCounters } from './newer.ts'
import type { OpenRecord, SignedRecord } from './signed-record.ts'

export interface Delta {
  /** Records that the other side lacks or has in an older form, the most outdated first. */
  readonly records: readonly SignedRecord[]
  /** Short ids of peers of whom the other side knows something newer. */
  readonly wanted: readonly string[]
}

/**
 * @param theirs the other side's entries of some buckets
 * @param ours all our records of the same buckets
 * @param maxBytes bound for payloads and signatures together
 */
export function deltaBetween(theirs: readonly DigestEntry[], ours: readonly OpenRecord[], maxBytes: number): Delta {
  const table = new Map(theirs.map((entry) => [entry[0], entry]))
  const known = new Map(ours.map((open) => [open.shortId, open.record]))
  const outdated = ours
    .map((open) => ({ open, gap: versionsBehind(table.get(open.shortId), open.record) }))
    .filter(({ gap }) => gap > 0)
    .sort((a, b) => (a.gap === b.gap ? 0 : b.gap - a.gap))
  const wanted = [...table.values()].filter(([shortId, incarnation, version]) => {
    const record = known.get(shortId)
    return record === undefined || compareCounters(record, { incarnation, version }) < 0
  })
  const records = outdated.map(({ open }) => open)
  return { records: withinBytes(records, maxBytes), wanted: wanted.map(([shortId]) => shortId) }
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

function versionsBehind(theirs: DigestEntry | undefined, ours: Counters): number {
  if (theirs === undefined) return Number.POSITIVE_INFINITY
  const [, incarnation, version] = theirs
  if (incarnation !== ours.incarnation) return incarnation < ours.incarnation ? Number.POSITIVE_INFINITY : 0
  return ours.version - version
}
