/*
 * What a view knows, in two levels. Naming every record costs tens of bytes each, a quarter of a megabyte at ten thousand
 * nodes, and almost all of them are equal on both sides. So the first level is a hash for each of many buckets of peers:
 * the XOR of the hashes of (peer, incarnation, version) of the records in it, which is the same in whatever order they
 * came. Only buckets whose hashes differ are opened, and their records named: the second level.
 *
 * With n records of which d differ, b buckets cost 4b bytes and opening them about 27·d·n/b; both are small when there are
 * about half as many buckets as records. A hash of 32 bits that is equal by chance hides a difference until the next change.
 */
import type { OpenRecord } from './signed-record.ts'
import { StateError } from './state-error.ts'

/** One record by name: [short id, incarnation, version]. */
export type DigestEntry = readonly [shortId: string, incarnation: number, version: number]

const MIN_BUCKETS = 16
const MAX_BUCKETS = 8_192

/** A power of two, about half as many as there are records. */
export function bucketCount(recordCount: number): number {
  let count = MIN_BUCKETS
  while (count < MAX_BUCKETS && 2 * count < recordCount) count *= 2
  return count
}

export function bucketOf(record: OpenRecord, count: number): number {
  return record.idHash & (count - 1)
}

/** The first level: `count` hashes, 4 bytes each, big-endian. @param count a power of two */
export function bucketHashes(records: Iterable<OpenRecord>, count: number): Uint8Array {
  const hashes = new Uint32Array(count)
  for (const record of records) hashes[bucketOf(record, count)]! ^= record.stateHash
  const bytes = new Uint8Array(4 * count)
  const words = new DataView(bytes.buffer)
  for (let i = 0; i < count; i++) words.setUint32(4 * i, hashes[i]!)
  return bytes
}

/** Which buckets are not the same. Both have the same length. */
export function differingBuckets(ours: Uint8Array, theirs: Uint8Array): number[] {
  const differing: number[] = []
  for (let i = 0; i < ours.length; i += 4) {
    const isEqual =
      ours[i] === theirs[i] &&
      ours[i + 1] === theirs[i + 1] &&
      ours[i + 2] === theirs[i + 2] &&
      ours[i + 3] === theirs[i + 3]
    if (!isEqual) differing.push(i / 4)
  }
  return differing
}

/** The second level: the records of some of the buckets, by name. */
export function entriesOf(records: Iterable<OpenRecord>): DigestEntry[] {
  return [...records].map(({ shortId, record }) => [shortId, record.incarnation, record.version])
}

/**
 * Checks a first level that came from outside.
 * @throws StateError DIGEST_INVALID
 */
export function checkHashes(value: unknown): Uint8Array {
  const count = value instanceof Uint8Array ? value.length / 4 : 0
  if (count < MIN_BUCKETS || count > MAX_BUCKETS || !Number.isInteger(Math.log2(count))) {
    throw invalid(`hashes must be those of ${MIN_BUCKETS} … ${MAX_BUCKETS} buckets, a power of two`)
  }
  return value as Uint8Array
}

/** @throws StateError DIGEST_INVALID */
export function checkBuckets(value: unknown, count: number): number[] {
  const isBucket = (item: unknown): boolean =>
    Number.isInteger(item) && (item as number) >= 0 && (item as number) < count
  if (!Array.isArray(value) || value.length > count || !value.every(isBucket)) {
    throw invalid(`buckets must be a list of at most ${count} numbers below that`)
  }
  return value
}

/**
 * Checks a second level that came from outside.
 * @param maxEntries as many as the members a view may hold
 * @throws StateError DIGEST_INVALID
 */
export function checkEntries(value: unknown, maxEntries: number): DigestEntry[] {
  if (!Array.isArray(value) || value.length > maxEntries || !value.every(isEntry)) {
    throw invalid(`entries must be a list of at most ${maxEntries} [short id, incarnation, version]`)
  }
  return value
}

function isEntry(value: unknown): value is DigestEntry {
  if (!Array.isArray(value) || value.length !== 3) return false
  const [shortId, incarnation, version] = value
  return isShortId(shortId) && isCounter(incarnation) && isCounter(version)
}

/** @throws StateError DIGEST_INVALID */
export function checkShortIds(value: unknown, maxCount: number): string[] {
  if (!Array.isArray(value) || value.length > maxCount || !value.every(isShortId)) {
    throw invalid(`wanted records must be a list of at most ${maxCount} short ids`)
  }
  return value
}

function isShortId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 12
}

function isCounter(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function invalid(rule: string): StateError {
  return new StateError('DIGEST_INVALID', `a digest's ${rule}`)
}
