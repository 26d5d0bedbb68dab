import { hashBytes, hashText, mixPair } from './hash.ts'

/**
 * All of some peers in an order that belongs to the key: unweighted rendezvous hashing, highest hash first. A small record
 * is mirrored on the first few and looked for in the same order. The order depends on ids alone, never on capacities or
 * availability, so two nodes that know the same peers agree, and one that knows a peer more only inserts it.
 */
export function rank(key: Uint8Array, peerIds: readonly string[]): string[] {
  const keyHash = hashBytes(key, 0)
  return [...new Set(peerIds)]
    .map((peerId) => ({ peerId, height: mixPair(hashText(peerId), keyHash) }))
    .sort((a, b) => b.height - a.height || (a.peerId < b.peerId ? -1 : 1))
    .map(({ peerId }) => peerId)
}
