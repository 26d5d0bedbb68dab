/*
 * Whom a node watches. Probing anybody at random would take a connection to everybody, so each node watches a few
 * neighbours over connections that it holds anyway: those next to it on a ring, on which peers stand in the order of a hash
 * of their ids. Every node has as many watchers as neighbours, wherever it is, and neighbours on a ring are mostly
 * neighbours of each other, so those asked for help with a probe hold a connection to its target too.
 */
import { firstOf } from './draw.ts'

/** On each side. With all twelve probed in turn, once a second, a peer is probed once a second by somebody. */
const NEIGHBOURS_EACH_SIDE = 6

/**
 * Up to twelve others, those of either side the nearest first.
 * @param place of the node itself on the ring
 * @param suits whether one may be a neighbour; those that may not are passed over
 */
export function neighboursOf<T>(ring: readonly T[], place: number, suits: (peer: T) => boolean): T[] {
  const after = firstOf(walk(ring, place, 1), NEIGHBOURS_EACH_SIDE, suits)
  const before = firstOf(walk(ring, place, -1), NEIGHBOURS_EACH_SIDE, suits)
  return [...new Set([...after, ...before])]
}

/** Once round the ring, all but the one at `place`. */
function* walk<T>(ring: readonly T[], place: number, step: 1 | -1): Generator<T, void> {
  const length = ring.length
  for (let distance = 1; distance < length; distance++) yield ring[(place + step * distance + length) % length]!
}
