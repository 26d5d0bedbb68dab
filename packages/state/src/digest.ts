import { StateError } from './state-error.ts'

/** What a view knows of one peer, without the record: [peer id, incarnation, version]. */
export type DigestEntry = readonly [peerId: string, incarnation: number, version: number]

export type Digest = readonly DigestEntry[]

const MAX_ID_LENGTH = 128

/**
 * Checks a digest that came from outside.
 * @param maxEntries as many as the members a view may hold
 * @throws StateError DIGEST_INVALID
 */
export function checkDigest(value: unknown, maxEntries: number): Digest {
  if (!Array.isArray(value) || value.length > maxEntries || !value.every(isEntry)) {
    throw new StateError(
      'DIGEST_INVALID',
      `a digest must be a list of at most ${maxEntries} [id, incarnation, version]`,
    )
  }
  return value
}

function isEntry(value: unknown): value is DigestEntry {
  if (!Array.isArray(value) || value.length !== 3) return false
  const [peerId, incarnation, version] = value
  const named = typeof peerId === 'string' && peerId.length > 0 && peerId.length <= MAX_ID_LENGTH
  return named && isCounter(incarnation) && isCounter(version)
}

function isCounter(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
