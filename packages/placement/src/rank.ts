import { hashBytes, hashText, mixPair } from './hash.ts'

/** Peers in the order that belongs to a key. */
export type Ranking = (key: Uint8Array) => string[]

/**
 * Makes some peers ready to be put into an order that belongs to a key: unweighted rendezvous hashing, highest hash first. A
 * small record is mirrored on the first few and looked for in the same order. The order depends on ids alone, never on
 * capacities or availability, so two nodes that know the same peers agree, and one that knows a peer more only inserts it.
 */
export function createRanking(peerIds: Iterable<string>): Ranking {
  const peers = [...new Set(peerIds)].map((peerId) => ({ peerId, hash: hashText(peerId) }))
  return (key) => {
    const keyHash = hashBytes(key, 0)
    return peers
      .map(({ peerId, hash }) => ({ peerId, height: mixPair(hash, keyHash) }))
      .sort((a, b) => b.height - a.height || (a.peerId < b.peerId ? -1 : 1))
      .map(({ peerId }) => peerId)
  }
}
