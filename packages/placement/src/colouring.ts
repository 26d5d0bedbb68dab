/*
 * A grid coloured so that no line has two shards of one colour, and each colour has as many shards as its domain takes.
 *
 * The sum of coordinates gives as many colours as the longest side, all equally large (geometry.ts). Colours then give
 * shards to others that want more. Take two colours: the shards of one that share a line with shards of the other form
 * clusters with them, and if a whole cluster changes colour, still no line has two of one. (Kempe's chains, 1879.) A cluster
 * that has one more of the larger colour moves one shard.
 *
 * In two dimensions clusters are paths and cycles, and of two colours the larger always has such a path. So every choice of
 * sizes up to the shorter side can be reached (Folkman and Fulkerson, "Edge colorings in bipartite graphs", 1969): a rule
 * that can be kept is kept. In more dimensions there may be no such cluster; what is left over then changes colour all the
 * same, and improve.ts sees to the lines.
 */
import type { StripeGeometry } from './geometry.ts'

/**
 * @param shardCount colours shards 0 … shardCount − 1
 * @param sizes how many of each colour, falling, shardCount together
 * @param rotation which of the equal colours comes first: a whole number
 * @returns the colour of each shard
 */
export function colour(
  geometry: StripeGeometry,
  shardCount: number,
  sizes: readonly number[],
  rotation: number,
): Int32Array {
  const modulus = Math.min(geometry.colourCount, sizes.length)
  const members = sizes.map((): number[] => [])
  for (let shard = 0; shard < shardCount; shard++) members[(geometry.sums![shard]! + rotation) % modulus]!.push(shard)
  members.sort((a, b) => b.length - a.length)
  const surplus = (each: number) => members[each]!.length - sizes[each]!
  for (const transfer of [transferClusters, transferAny]) {
    for (let to = 0; to < sizes.length; to++) {
      for (let from = 0; from < sizes.length && surplus(to) < 0; from++) {
        const most = Math.min(surplus(from), -surplus(to))
        if (most > 0) transfer(geometry, members, from, to, most)
      }
    }
  }
  const colours = new Int32Array(shardCount)
  members.forEach((shards, each) => {
    for (const shard of shards) colours[shard] = each
  })
  return colours
}

/** Moves up to `most` shards by changing clusters. */
function transferClusters(
  { groups, groupsOf }: StripeGeometry,
  members: number[][],
  from: number,
  to: number,
  most: number,
): void {
  const giver = members[from]!
  const taker = members[to]!
  if (taker.length === 0) {
    members[to] = giver.splice(giver.length - most)
    return
  }
  const inGroup = { from: new Int32Array(groups.length).fill(-1), to: new Int32Array(groups.length).fill(-1) }
  for (const shard of giver) for (const group of groupsOf[shard]!) inGroup.from[group] = shard
  for (const shard of taker) for (const group of groupsOf[shard]!) inGroup.to[group] = shard
  const seen = new Set<number>()
  let left = most
  for (const start of [...giver]) {
    if (left === 0) return
    if (seen.has(start)) continue
    const given = [start]
    const returned: number[] = []
    seen.add(start)
    for (let g = 0, r = 0; g < given.length || r < returned.length; ) {
      const isGiven = g < given.length
      const shard = isGiven ? given[g++]! : returned[r++]!
      for (const group of groupsOf[shard]!) {
        const other = (isGiven ? inGroup.to : inGroup.from)[group]!
        if (other < 0 || seen.has(other)) continue
        seen.add(other)
        ;(isGiven ? returned : given).push(other)
      }
    }
    const gain = given.length - returned.length
    if (gain < 1 || gain > left) continue
    exchange(giver, taker, given, returned)
    left -= gain
  }
}

function transferAny(_: StripeGeometry, members: number[][], from: number, to: number, most: number): void {
  const giver = members[from]!
  members[to]!.push(...giver.splice(giver.length - most))
}

function exchange(giver: number[], taker: number[], given: readonly number[], returned: readonly number[]): void {
  const leaving = new Set(given)
  const coming = new Set(returned)
  const stays = giver.filter((shard) => !leaving.has(shard))
  const remains = taker.filter((shard) => !coming.has(shard))
  giver.splice(0, giver.length, ...stays, ...returned)
  taker.splice(0, taker.length, ...remains, ...given)
}
