/*
 * Which nodes take the shards of a stripe: a pure function of view, key, seed, geometry and policy.
 *
 * First, what every candidate costs for this key (cost.ts). Then domains, since they decide what is lost together: a whole
 * grid by colours (shares.ts, colouring.ts), anything else shard by shard (greedy.ts), and if a rule is broken after that,
 * by search (improve.ts). Then, inside each domain, its cheapest nodes. Last, a second group.
 *
 * The nodes chosen are recorded with the object; only shards that are lost are placed again, around those that stay.
 */
import type { Candidate, CandidatePool } from './candidate.ts'
import { colour } from './colouring.ts'
import { costsOf, type LeftOut } from './cost.ts'
import type { StripeGeometry } from './geometry.ts'
import { hardestFirst, seatGreedily } from './greedy.ts'
import { hashBytes } from './hash.ts'
import { improve } from './improve.ts'
import { Offers } from './offers.ts'
import type { Policy } from './policy.ts'
import { Seating } from './seating.ts'
import { secondGroup } from './second-group.ts'
import { sharesOf } from './shares.ts'

export interface PlaceRequest<C extends Candidate> {
  readonly candidates: CandidatePool<C>
  /** What the shards belong to: the id of a stripe, any bytes. */
  readonly key: Uint8Array
  /** 0 … 2^32 − 1. Another seed is another throw of the dice for the same key. Default 0. */
  readonly seed?: number
  readonly geometry: StripeGeometry
  readonly policy?: Policy<C>
  /** Shards that stay where they are, by number; their nodes take no others. Default: none, a new stripe. */
  readonly placed?: ReadonlyMap<number, Pick<Candidate, 'peerId' | 'domain'>>
  /** Which of the others to place. Default: all. */
  readonly shards?: readonly number[]
}

export interface Placement<C extends Candidate> {
  /** The chosen, all different, by shard number. Shards that stay aren't among them, nor those without a node. */
  readonly nodes: ReadonlyMap<number, C>
  /**
   * Who takes over when a chosen node can't, by shard number: in the order of shards, all different, and such that any
   * mixture of first and second choices keeps the rules, where there are nodes for that.
   */
  readonly seconds: ReadonlyMap<number, C>
  readonly explanation: Explanation
}

/** Why the placement is as it is. */
export interface Explanation extends LeftOut {
  readonly candidates: number
  /** Shards without a node. */
  readonly missing: number
  /**
   * By how many members, taken together, parity groups have more in one domain than they survive: 0 when any one domain may
   * fail. Shards that stay are counted in.
   */
  readonly excess: number
}

/** @throws RangeError when a number is out of its range */
export function place<C extends Candidate>(request: PlaceRequest<C>): Placement<C> {
  const { candidates: pool, key, seed = 0, geometry, policy = {}, placed = new Map() } = request
  checkRange('seed', seed, 0, 2 ** 32 - 1)
  const { maxPerDomain = 1 } = policy
  checkRange('maxPerDomain', maxPerDomain, 1)
  checkRange('maxCongestionPermille', policy.maxCongestionPermille ?? 0, 0, 1000)
  const holders = new Set([...placed.values()].map(({ peerId }) => peerId))
  const { costs, leftOut } = costsOf({ pool, key, seed, policy, holders })
  const offers = new Offers(pool, costs)

  const seating = new Seating(geometry, pool.domains.size + placed.size, maxPerDomain)
  seatPlaced(geometry, placed, pool.domains, seating)
  const open = openShards(geometry, placed, request.shards)
  const isEven = policy.strategy === 'spread'
  if (geometry.sums !== undefined && open.length === geometry.shardCount) {
    seatByColour(geometry, seating, offers, isEven, hashBytes(key, seed).low)
  } else {
    const isFree = placed.size === 0 || geometry.groups.length <= 1
    seatGreedily(isFree ? open : hardestFirst(open, seating, offers), seating, offers, isEven)
  }
  if (seating.excess > 0 && geometry.groups.length > 1) improve(open, seating, offers.supply)

  const nodes = nodesFor(open, pool, seating, offers)
  const missing = open.length - nodes.size
  const explanation = { candidates: pool.candidates.length, ...leftOut, missing, excess: seating.excess }
  return { nodes, seconds: secondGroup(open, pool, seating, offers), explanation }
}

function openShards(
  { shardCount }: StripeGeometry,
  placed: ReadonlyMap<number, unknown>,
  shards: readonly number[] | undefined,
): number[] {
  for (const shard of shards ?? []) checkRange('a shard to place', shard, 0, shardCount - 1)
  const wanted = new Set(shards ?? Array.from({ length: shardCount }, (_, shard) => shard))
  return [...wanted].filter((shard) => !placed.has(shard)).sort((a, b) => a - b)
}

function seatPlaced(
  { shardCount }: StripeGeometry,
  placed: ReadonlyMap<number, Pick<Candidate, 'domain'>>,
  domains: ReadonlyMap<string, number>,
  seating: Seating,
): void {
  if (placed.size === 0) return
  // Domains that no candidate is in come after all others.
  const numbers = new Map(domains)
  for (const [shard, { domain }] of placed) {
    checkRange('a placed shard', shard, 0, shardCount - 1)
    const number = numbers.get(domain) ?? numbers.size
    numbers.set(domain, number)
    seating.seat(shard, number)
  }
}

function seatByColour(
  geometry: StripeGeometry,
  seating: Seating,
  offers: Offers,
  isEven: boolean,
  rotation: number,
): void {
  const { shardCount, colourCount } = geometry
  const largestColour = Math.ceil(shardCount / colourCount)
  const shares = sharesOf(shardCount, largestColour, offers, isEven)
  const domains = [...shares.keys()].filter((domain) => shares[domain]! > 0)
  if (domains.length === 0) return
  domains.sort((a, b) => shares[b]! - shares[a]! || a - b)
  const sizes = domains.map((domain) => shares[domain]!)
  const seated = sizes.reduce((sum, size) => sum + size, 0)
  colour(geometry, seated, sizes, rotation).forEach((each, shard) => void seating.seat(shard, domains[each]!))
}

/** Inside each domain, its cheapest nodes in the order of shards. */
function nodesFor<C extends Candidate>(
  shards: readonly number[],
  pool: CandidatePool<C>,
  seating: Seating,
  offers: Offers,
): Map<number, C> {
  const nodes = new Map<number, C>()
  const dealt = new Int32Array(pool.domains.size)
  for (const shard of shards) {
    const domain = seating.domainOf[shard]!
    if (domain < 0) continue
    const node = offers.takenOf(domain)[dealt[domain]!++] ?? offers.take(domain)
    nodes.set(shard, pool.candidates[node]!)
  }
  return nodes
}

function checkRange(name: string, value: number, min: number, max = Number.MAX_SAFE_INTEGER): void {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw new RangeError(`${name} must be an integer in ${min} … ${max}, got ${value}`)
  }
}
