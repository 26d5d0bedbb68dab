/*
 * One shard after the other to the domain against which least speaks, and among those to the one that offers the cheapest
 * node. For a single parity group this is the best there is: the emptiest domain is always the one with fewest members of
 * it, so that shards rise in all domains like water, and no other way leaves fewer of them in the fullest ones.
 *
 * Take one candidate away, and one node enters the choice for it, none other moves: what its domain offers comes no earlier
 * than before, and all others keep their places.
 */
import type { Offers } from './offers.ts'
import type { Seating } from './seating.ts'

/**
 * Seats shards as far as there are nodes.
 * @param isEven whether the domains with the fewest shards of the stripe come first, where nothing else speaks against any
 */
export function seatGreedily(shards: readonly number[], seating: Seating, offers: Offers, isEven: boolean): void {
  for (const shard of shards) {
    const domain = bestDomain(shard, seating, offers, isEven)
    if (domain < 0) return
    offers.take(domain)
    seating.seat(shard, domain)
  }
}

/** −1 when no domain has anything left to offer. */
export function bestDomain(shard: number, seating: Seating, { costs }: Offers, isEven: boolean): number {
  let best = -1
  let leastPenalty = Number.POSITIVE_INFINITY
  let leastShards = 0
  for (let domain = 0; domain < costs.length; domain++) {
    const cost = costs[domain]!
    const isTooDear = leastPenalty === 0 && leastShards === 0 && cost >= costs[best]!
    if (isTooDear || cost === Number.POSITIVE_INFINITY) continue
    const penalty = seating.penaltyOf(shard, domain)
    if (penalty > leastPenalty) continue
    const shards = isEven ? seating.shardsIn[domain]! : 0
    const isBetter = penalty < leastPenalty || shards < leastShards || (shards === leastShards && cost < costs[best]!)
    if (!isBetter) continue
    best = domain
    leastPenalty = penalty
    leastShards = shards
  }
  return best
}

/** Shards with the fewest domains to go to first: what is left for them may not be left later. */
export function hardestFirst(shards: readonly number[], seating: Seating, { supply }: Offers): number[] {
  const freedom = new Map<number, number>()
  for (const shard of shards) {
    let free = 0
    for (let domain = 0; domain < supply.length; domain++) {
      if (supply[domain]! > 0 && seating.excessOf(shard, domain) === 0) free += supply[domain]!
    }
    freedom.set(shard, free)
  }
  return [...shards].sort((a, b) => freedom.get(a)! - freedom.get(b)! || a - b)
}
