/*
 * Whom a node watches. Probing anybody at random would take a connection to everybody, so each node watches a few
 * neighbours over connections that it holds anyway: those next to it on a ring, on which peers stand in the order of a hash
 * of their ids. Every node has as many watchers as neighbours, wherever it is, and neighbours on a ring are mostly
 * neighbours of each other, so those asked for help with a probe hold a connection to its target too.
 */
import { firstOf } from './draw.ts'
import { hash32 } from './hash.ts'
import { shortId } from './member.ts'
import type { OpenRecord } from './signed-record.ts'
import type { View } from './view.ts'

/** On each side. With all twelve probed in turn, once a second, a peer is probed once a second by somebody. */
const NEIGHBOURS_EACH_SIDE = 6

/** Whom the node whose view it is watches now: peer ids. */
export function neighboursOf(view: View, nowMs: number): string[] {
  const { ring, selfId } = view
  const ownHash = hash32(shortId(selfId))
  const after = ring.findIndex(({ idHash }) => idHash >= ownHash)
  const isThere = ({ record }: OpenRecord): boolean =>
    view.canCall(record) && view.availability(record.peerId, nowMs) !== 'down'
  return nextOnRing(ring, after < 0 ? ring.length : after, isThere).map(({ record }) => record.peerId)
}

/**
 * Up to twelve others, those of either side the nearest first.
 * @param place of the node itself on the ring
 * @param suits whether one may be a neighbour; those that may not are passed over
 */
export function nextOnRing<T>(ring: readonly T[], place: number, suits: (peer: T) => boolean): T[] {
  const after = firstOf(walk(ring, place, 1), NEIGHBOURS_EACH_SIDE, suits)
  const before = firstOf(walk(ring, place, -1), NEIGHBOURS_EACH_SIDE, suits)
  return [...new Set([...after, ...before])]
}

/** Once round the ring, all but the one at `place`. */
function* walk<T>(ring: readonly T[], place: number, step: 1 | -1): Generator<T, void> {
  const length = ring.length
  for (let distance = 1; distance < length; distance++) yield ring[(place + step * distance + length) % length]!
}
