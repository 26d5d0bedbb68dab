import type { Offers } from './offers.ts'

/**
 * How many shards of a whole grid each domain gets: the cheapest nodes of all, as long as no domain gets more than can be of
 * one colour. When that isn't enough for all shards, domains get more, as evenly as can be.
 * @param isEven whether the domains with the fewest come first
 */
export function sharesOf(shardCount: number, largestColour: number, offers: Offers, isEven: boolean): Int32Array {
  const { supply, costs } = offers
  const most = Int32Array.from(supply)
  const total = most.reduce((sum, nodes) => sum + nodes, 0)
  const wanted = Math.min(shardCount, total)
  let limit = largestColour
  while (most.reduce((sum, nodes) => sum + Math.min(nodes, limit), 0) < wanted) limit++

  const shares = new Int32Array(most.length)
  for (let shard = 0; shard < wanted; shard++) {
    let best = -1
    for (let domain = 0; domain < shares.length; domain++) {
      if (costs[domain] === Number.POSITIVE_INFINITY || shares[domain]! >= limit) continue
      if (best < 0 || isBefore(domain, best)) best = domain
    }
    offers.take(best)
    shares[best]!++
  }
  return shares

  function isBefore(a: number, b: number): boolean {
    if (isEven && shares[a] !== shares[b]) return shares[a]! < shares[b]!
    return costs[a]! < costs[b]!
  }
}
