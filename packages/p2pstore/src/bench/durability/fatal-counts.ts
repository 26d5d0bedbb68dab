/** Counting the sets of lost shards that can't be decoded. */
import type { Scheme } from '@p2pstore/codec'
import { waysToChoose } from './combinatorics.ts'
import type { LostShards } from './lost-shards.ts'

/**
 * How many sets of each size can be decoded, by going through all of them. A set that can't be decoded is not extended,
 * because no larger one can.
 * @param lost none
 * @returns by number of lost shards
 */
export function countDecodable(lost: LostShards, totalShards: number): number[] {
  const counts: number[] = [1]
  const extend = (next: number, size: number): void => {
    for (let shard = next; shard < totalShards; shard++) {
      if (!lost.add(shard)) continue
      counts[size] = (counts[size] ?? 0) + 1
      extend(shard + 1, size + 1)
      lost.keep(size - 1)
    }
  }
  extend(0, 1)
  return counts
}

/**
 * How many sets of `tolerance + 1` shards can't be decoded, for schemes where a formula tells.
 *
 * A product's words of least weight are products of its lines' words of least weight, and a Reed–Solomon line has words on
 * any parity + 1 of its members: boxes, in a grid. Without parity of parity it is one data shard with all its parities,
 * except when only one dimension has any.
 */
export function countSmallestFatal(scheme: Scheme): number | undefined {
  if (scheme.kind !== 'grid' && scheme.kind !== 'lines') return undefined
  const waysAlong = scheme.sides.map(({ data, parity }) => waysToChoose(data + parity, parity + 1))
  const boxes = waysAlong.reduce((product, ways) => product * ways, 1)
  const closedDimensions = scheme.sides.filter(({ parity }) => parity > 0).length
  if (scheme.kind === 'grid' || closedDimensions <= 1) return boxes
  return scheme.sides.reduce((product, { data }) => product * data, 1)
}
