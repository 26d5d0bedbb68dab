/*
 * In which order nodes come for a stripe. Weighted rendezvous hashing (Schindelhauer and Schomaker, "Weighted distributed
 * hash tables", 2005): key and node together give a number u, uniform in (0, 1], and the node's cost is −log(u) / weight,
 * so that a node comes first as often as its weight is of all weights. The cheapest win. No table is kept and no node asks
 * another: the same key, seed and candidates give the same choice anywhere. A quotient of two integers is exact to the last
 * bit in every engine.
 *
 * Strategies only rank above that: a node that steps back by a tier costs 2^128 times as much, which keeps the order within
 * a tier exactly and puts every node of it behind all of the tier before.
 *
 * The power of two choices (Mitzenmacher 2001) without a second draw: each node meets one other at random, and steps back
 * when it is the busier of the two. A node busier than a share x of all is thus ranked first as often as
 * 1 − x, which is how often it would win against a random other.
 */
import type { Candidate, CandidatePool } from './candidate.ts'
import { hashBytes, mix, mixPair } from './hash.ts'
import { rarity } from './logarithm.ts'
import type { Policy } from './policy.ts'

export interface Costs {
  /** Of each candidate; infinite for those that may not be chosen. */
  readonly costs: Float64Array
  readonly leftOut: LeftOut
}

/** Candidates that could not be chosen, by the first reason that applied. */
export interface LeftOut {
  /** They can't be written to now. */
  readonly unavailable: number
  /** By the policy's predicate, or for weighing nothing. */
  readonly refused: number
  readonly congested: number
  readonly insecure: number
}

export interface CostRequest<C extends Candidate> {
  readonly pool: CandidatePool<C>
  readonly key: Uint8Array
  readonly seed: number
  readonly policy: Policy<C>
  /** Holders of other shards of the stripe: not for choice, and not counted. */
  readonly holders: ReadonlySet<string>
}

/** By tier. */
const STEPS_BACK = [0, 1, 2, 3, 4, 5].map((tier) => 2 ** (128 * tier))
const DEFAULT_MAX_CONGESTION_PERMILLE = 900
/** A round trip of up to 1 ms is as good as any, one of up to 4 ms comes after, … , beyond 256 ms last. */
const NEAR_US = [1_000, 4_000, 16_000, 64_000, 256_000]
const RIVAL_SALT = 0x5bd1e995

export function costsOf<C extends Candidate>(request: CostRequest<C>): Costs {
  const { pool, policy, holders } = request
  const keyHash = hashBytes(request.key, request.seed)
  const size = pool.candidates.length
  const costs = new Float64Array(size).fill(Number.POSITIVE_INFINITY)
  const leftOut = { unavailable: 0, refused: 0, congested: 0, insecure: 0 }
  for (let i = 0; i < size; i++) {
    const candidate = pool.candidates[i]!
    if (holders.size > 0 && holders.has(candidate.peerId)) continue
    const reason = reasonAgainst(candidate, policy)
    if (reason !== undefined) {
      leftOut[reason]++
      continue
    }
    const hash = mixPair(pool.hashes[i]!, keyHash)
    const cost = (rarity(hash) + 1) / weightOf(candidate)
    const rival = pool.candidates[(mix(hash ^ RIVAL_SALT) >>> 0) % size]!
    costs[i] = cost * STEPS_BACK[tierOf(candidate, rival, policy)]!
  }
  return { costs, leftOut }
}

function reasonAgainst<C extends Candidate>(candidate: C, policy: Policy<C>): keyof LeftOut | undefined {
  const { available, weight, path } = candidate
  if (!available) return 'unavailable'
  if (weight === 0 || policy.accept?.(candidate) === false) return 'refused'
  if (path === undefined) return undefined
  if (path.congestionPermille > (policy.maxCongestionPermille ?? DEFAULT_MAX_CONGESTION_PERMILLE)) return 'congested'
  return path.isSecure || policy.allowInsecure ? undefined : 'insecure'
}

/** Weight, less what congestion takes: a whole number, 1 or more. */
function weightOf({ weight, path }: Candidate): number {
  if (path === undefined || path.congestionPermille === 0) return weight
  return Math.ceil((weight / 1000) * Math.max(1, 1000 - path.congestionPermille))
}

function tierOf<C extends Candidate>(candidate: C, rival: C, { strategy }: Policy<C>): number {
  if (strategy === 'least-loaded' || strategy === 'spread') return (candidate.load ?? 0) > (rival.load ?? 0) ? 1 : 0
  if (strategy !== 'nearest') return 0
  const band = NEAR_US.findIndex((limitUs) => (candidate.path?.roundTripUs ?? 0) <= limitUs)
  return band < 0 ? NEAR_US.length : band
}
