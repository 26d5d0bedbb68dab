/*
 * Whom a node watches. Probing anybody at random would take a connection to everybody, so each node watches a few
 * neighbours over connections that it holds anyway: those next to it on a ring, on which peers stand in the order of a hash
 * of their ids. Every node has as many watchers as neighbours, wherever it is, and neighbours on a ring are mostly
 * neighbours of each other, so those asked for help with a probe hold a connection to its target too.
 */
import { hash32 } from './hash.ts'

/** On each side. With all twelve probed in turn, once a second, a peer is probed once a second by somebody. */
const NEIGHBOURS_EACH_SIDE = 6

/** Up to twelve of the other peers, the nearest first. @param peerIds may contain the node itself */
export function neighboursOf(selfId: string, peerIds: readonly string[]): string[] {
  const ring = [...new Set([selfId, ...peerIds])]
    .map((peerId) => ({ peerId, place: hash32(`ring ${peerId}`) }))
    .sort((a, b) => a.place - b.place || (a.peerId < b.peerId ? -1 : 1))
  const at = ring.findIndex(({ peerId }) => peerId === selfId)
  const neighbours = new Set<string>()
  for (let distance = 1; distance <= NEIGHBOURS_EACH_SIDE; distance++) {
    for (const place of [at + distance, at - distance]) {
      const { peerId } = ring[((place % ring.length) + ring.length) % ring.length]!
      if (peerId !== selfId) neighbours.add(peerId)
    }
  }
  return [...neighbours]
}
