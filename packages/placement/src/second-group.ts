import type { Candidate, CandidatePool } from './candidate.ts'
import { bestDomain } from './greedy.ts'
import type { Offers } from './offers.ts'
import type { Seating } from './seating.ts'

/**
 * A second node for each of some shards that have a first. It is put beside the first, not in its place, so that it keeps to
 * the rules whether the other shards are with their first or their second; only its own first is out of its way.
 * @param seating with all shards in their places; changed
 * @param offers without the nodes chosen first; changed
 */
export function secondGroup<C extends Candidate>(
  shards: readonly number[],
  pool: CandidatePool<C>,
  seating: Seating,
  offers: Offers,
): Map<number, C> {
  const seconds = new Map<number, C>()
  for (const shard of shards) {
    const first = seating.domainOf[shard]!
    if (first < 0) continue
    seating.unseat(shard)
    const second = bestDomain(shard, seating, offers, false)
    if (second >= 0) {
      seconds.set(shard, pool.candidates[offers.take(second)]!)
      seating.seat(shard, second)
    }
    seating.seat(shard, first)
  }
  return seconds
}
