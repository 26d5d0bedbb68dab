/**
 * The order in which a pass of the scrub goes over all shards: that of a hash of their ids, keyed anew for each pass. It looks
 * random, so no region of a disk is always last; and since a position in it is one number, a pass goes on after a restart
 * without a list of what it has seen, whatever came and went meanwhile.
 */

/** Positions are in 0 … 2^32 − 1. */
export const endOfOrder = 2 ** 32

/** Most ids taken from the store at a time: 24 B each, and as much again for the position. */
const mostAtATime = 1 << 16
/** A pass looks at least so often which shards there are. */
const leastWindows = 64

/** Where a shard is in the order: FNV-1a over key and id, then the finish of MurmurHash3. */
export function positionOf(id: Uint8Array, key: number): number {
  let hash = 0x811c9dc5 ^ key
  for (const byte of id) hash = Math.imul(hash ^ byte, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** How far to look from a position on, for about {@link mostAtATime} of `shardCount` shards. */
export function windowEnd(position: number, shardCount: number): number {
  const windows = Math.max(leastWindows, Math.ceil(shardCount / mostAtATime))
  return Math.min(endOfOrder, position + Math.ceil(endOfOrder / windows))
}

/** The ids with positions in start … end − 1, in order. */
export function idsWithin(
  ids: Iterable<Uint8Array>,
  key: number,
  start: number,
  end: number,
): { readonly id: Uint8Array; readonly position: number }[] {
  const found = []
  for (const id of ids) {
    const position = positionOf(id, key)
    if (position >= start && position < end) found.push({ id: id.slice(), position })
  }
  return found.sort((a, b) => a.position - b.position)
}
