/** Checks of what others send to have views compared. Each returns the value with its type, or throws DIGEST_INVALID. */
import { type DigestEntry, MAX_BUCKETS, MIN_BUCKETS } from './digest.ts'
import { StateError } from './state-error.ts'

/** A first level. */
export function checkHashes(value: unknown): Uint8Array {
  const count = value instanceof Uint8Array ? value.length / 4 : 0
  if (count < MIN_BUCKETS || count > MAX_BUCKETS || !Number.isInteger(Math.log2(count))) {
    throw invalid(`hashes must be those of ${MIN_BUCKETS} … ${MAX_BUCKETS} buckets, a power of two`)
  }
  return value as Uint8Array
}

export function checkBuckets(value: unknown, count: number): number[] {
  const isBucket = (item: unknown): boolean =>
    Number.isInteger(item) && (item as number) >= 0 && (item as number) < count
  if (!Array.isArray(value) || value.length > count || !value.every(isBucket)) {
    throw invalid(`buckets must be a list of at most ${count} numbers below that`)
  }
  return value
}

/** A second level. @param maxEntries as many as the members a view may hold */
export function checkEntries(value: unknown, maxEntries: number): DigestEntry[] {
  if (!Array.isArray(value) || value.length > maxEntries || !value.every(isEntry)) {
    throw invalid(`entries must be a list of at most ${maxEntries} [short id, incarnation, version]`)
  }
  return value
}

export function checkShortIds(value: unknown, maxCount: number): string[] {
  if (!Array.isArray(value) || value.length > maxCount || !value.every(isShortId)) {
    throw invalid(`wanted records must be a list of at most ${maxCount} short ids`)
  }
  return value
}

function isEntry(value: unknown): value is DigestEntry {
  if (!Array.isArray(value) || value.length !== 3) return false
  const [shortId, incarnation, version] = value
  return isShortId(shortId) && isCounter(incarnation) && isCounter(version)
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
