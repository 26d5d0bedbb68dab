/*
 * Which nodes take the shards of a stripe. Weighted rendezvous hashing (Schindelhauer and Schomaker, "Weighted distributed
 * hash tables", 2005): key and node together give a number u, uniform in (0, 1], and the node's cost is −log(u) / weight,
 * so that a node comes first as often as its weight is of all weights. The cheapest nodes win. No table is kept and no
 * node asks another: the same key, seed and candidates give the same choice anywhere. A quotient of two integers is exact
 * to the last bit in every engine.
 *
 * Domains come before costs: in rounds, each domain offers its cheapest node, then each its second, and so on, cheapest
 * first within a round. So the choice has as many domains as there are, and never a domain with two shards while another
 * could have had the second. When a stripe already has shards somewhere, a domain starts as many rounds later as it holds
 * shards.
 *
 * Take one candidate away, and one node enters the choice for it, none other moves: what its domain offers comes no
 * earlier than before, and all others keep their places. This holds for the set of nodes; which shard lies on which of
 * them is recorded in the manifest, and only lost shards are placed again (replace).
 */
import type { Candidate, CandidatePool } from './candidate.ts'
import { cheapestFirst } from './cheapest.ts'
import { hashBytes, mixPair } from './hash.ts'
import { pour } from './level.ts'
import { rarity } from './logarithm.ts'

export interface Choice<C extends Candidate> {
  readonly pool: CandidatePool<C>
  /** Which candidates may be chosen, ascending; each weighs more than nothing. */
  readonly eligible: readonly number[]
  readonly key: Uint8Array
  readonly seed: number
  /** The domain of each shard that the stripe already has. */
  readonly takenDomains: readonly string[]
  readonly maxPerDomain: number
}

/** Up to `count` different nodes, first choices first. */
export function choose<C extends Candidate>(choice: Choice<C>, count: number): C[] {
  const { pool, eligible, takenDomains, maxPerDomain } = choice
  const taken = takenDomains.map((domain) => pool.domains.get(domain)).filter((number) => number !== undefined)
  const filled = countEach(taken, pool.domains.size)
  const supply = countEach(
    eligible.map((i) => pool.domainNumbers[i]!),
    pool.domains.size,
  )
  let { level, below, last } = pour(filled, supply, count, maxPerDomain)

  const rounds: C[][] = Array.from({ length: level }, () => [])
  for (const i of cheapestFirst([...eligible], costsOf(choice))) {
    if (below + last === 0) break
    const domain = pool.domainNumbers[i]!
    const round = filled[domain]!
    const isLast = round === level - 1
    if (round >= level || (isLast && last === 0)) continue
    filled[domain] = round + 1
    rounds[round]!.push(pool.candidates[i]!)
    if (isLast) last--
    else below--
  }
  return rounds.flat()
}

/** How often each of 0 … size − 1 occurs. */
function countEach(numbers: readonly number[], size: number): Uint32Array {
  const counts = new Uint32Array(size)
  for (const number of numbers) counts[number]!++
  return counts
}

/** Costs of the eligible, at their own indexes. */
function costsOf<C extends Candidate>({ pool, eligible, key, seed }: Choice<C>): Float64Array {
  const keyHash = hashBytes(key, seed)
  const costs = new Float64Array(pool.candidates.length)
  for (const i of eligible) costs[i] = rarity(mixPair(pool.hashes[i]!, keyHash)) / pool.candidates[i]!.weight
  return costs
}
