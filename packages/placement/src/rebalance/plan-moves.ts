/*
 * What has to move when the network has changed: a short list of moves after which no shard is on a node that left or is
 * leaving, parity groups keep their rules again where the network allows it, and no node holds much more or less than its share.
 *
 * Nothing is placed anew from its key, since that would move far more than it has to. In three passes, each around what stays:
 * shards without a home get one; shards of a group that crowd a domain move out, one by one, as long as each move makes its
 * stripe better; last, full nodes give to empty ones, which never makes a stripe worse. A node that left costs exactly the
 * shards it held, one that joined no more than its share.
 */
import { type Candidate, type CandidatePool, createPool } from '../candidate.ts'
import { costsOf } from '../cost.ts'
import { bestDomain } from '../greedy.ts'
import { Offers } from '../offers.ts'
import { place } from '../place.ts'
import type { Policy } from '../policy.ts'
import type { Seating } from '../seating.ts'
import { type Estimate, estimate } from './estimate.ts'
import { type Account, type Gift, giftsOf } from './gift.ts'
import { give } from './give.ts'
import { Holdings } from './holdings.ts'
import { type Move, MoveList, type Planned } from './planned.ts'
import type { StoredShard, StoredStripe } from './stored-stripe.ts'

export interface MoveRequest<C extends Candidate> {
  /** The network as it is now; nodes that aren't there any more are gone. A weight is all that a node can hold, used or not. */
  readonly candidates: CandidatePool<C>
  readonly stripes: readonly StoredStripe[]
  /** Nodes that are to be emptied; they can still be read. Default: none. */
  readonly leaving?: ReadonlySet<string>
  readonly policy?: Policy<C>
  /** All that a node holds, these stripes included. Default: what it holds of them. */
  readonly heldBytes?: (peerId: string) => number
  /** How far from its share a node may be before it gives or takes, of a thousand. Default 100; Infinity: never balance. */
  readonly slackPermille?: number
  /**
   * The node that plans for itself: only its own moves are returned, and for balance it gives what is due of its gift, in which
   * that is noted down, so that one gift can be given out of one part of its stripes after the other. What others have to do is
   * taken for done. Default: a plan for all.
   */
  readonly giver?: { readonly peerId: string; readonly gift?: Gift | undefined }
  /** What one node reads and writes for this in a second. Default 32 MiB. */
  readonly bytesPerSecond?: number
}

export interface MovePlan extends Estimate {
  /** In this order: what is lost, what leaves and what breaks a rule, stripe by stripe; then what is out of balance. */
  readonly moves: readonly Move[]
  /** Shards for which there is no node. Nodes that leave may be unplugged after the moves when there are none. */
  readonly unplaced: readonly StoredShard[]
}

const DEFAULT_SLACK_PERMILLE = 100
const DEFAULT_BYTES_PER_SECOND = 32 * 2 ** 20

/** @throws RangeError when a number is out of its range */
export function planMoves<C extends Candidate>(request: MoveRequest<C>): MovePlan {
  const { candidates, stripes, leaving = new Set(), policy = {} } = request
  const { slackPermille = DEFAULT_SLACK_PERMILLE, bytesPerSecond = DEFAULT_BYTES_PER_SECOND } = request
  if (!(slackPermille >= 0)) throw new RangeError(`slackPermille must be 0 or more, got ${slackPermille}`)
  if (!(bytesPerSecond > 0)) throw new RangeError(`bytesPerSecond must be more than 0, got ${bytesPerSecond}`)
  const pool = createPool(candidates.candidates.map((candidate) => ({ ...candidate, load: 0 })))
  const accept = (candidate: C) => !leaving.has(candidate.peerId) && (policy.accept?.(candidate) ?? true)
  const planned: Planned<C> = {
    pool,
    policy: { strategy: 'least-loaded', ...policy, accept },
    stripes,
    holdings: new Holdings(pool, stripes, leaving, request.heldBytes),
    moves: new MoveList(),
    unplaced: [],
  }
  for (const stripe of stripes.keys()) {
    rehome(stripe, planned)
    uncrowd(stripe, planned)
  }
  const { giver } = request
  const gifts =
    giver === undefined ? giftsOf(accountsOf(planned), slackPermille) : [[giver.peerId, giver.gift] as const]
  for (const [peerId, gift] of gifts) if (gift !== undefined) give(peerId, gift, planned)
  const isTold = (holder: string | undefined) => giver === undefined || holder === giver.peerId
  const moves = planned.moves.toArray().filter(({ from }) => isTold(from))
  const unplaced = planned.unplaced.filter(({ stripe, shard }) => isTold(stripes[stripe]!.holders.get(shard)))
  return { moves, unplaced, ...estimate(moves, stripes, pool.candidates.length, bytesPerSecond) }
}

/** Of the nodes that may give and take. */
function accountsOf<C extends Candidate>({ pool, policy, holdings }: Planned<C>): Account[] {
  return pool.candidates
    .filter((node) => node.available && node.weight > 0 && policy.accept?.(node) !== false)
    .map(({ peerId, weight }) => ({ peerId, weight, heldBytes: holdings.bytesOf(peerId) }))
}

function rehome<C extends Candidate>(stripe: number, planned: Planned<C>): void {
  const { pool, policy, stripes, holdings, moves, unplaced } = planned
  const { key, geometry, holders } = stripes[stripe]!
  const placed = holdings.placedOf(stripe)
  const homeless = Array.from({ length: geometry.shardCount }, (_, shard) => shard).filter(
    (shard) => !placed.has(shard),
  )
  if (homeless.length === 0) return
  const { nodes } = place({ candidates: pool, key, geometry, policy, placed })
  for (const shard of homeless) {
    const to = nodes.get(shard)
    if (to === undefined) {
      unplaced.push({ stripe, shard })
      continue
    }
    const holder = holders.get(shard)
    const from = holder !== undefined && holdings.isKnown(holder) ? holder : undefined
    holdings.put(stripe, shard, to.peerId)
    moves.add({ stripe, shard, from, to: to.peerId, reason: from === undefined ? 'lost' : 'leaving' })
  }
}

/** Moves members out of domains that have too many of their group, each to where it is less in the way. */
function uncrowd<C extends Candidate>(stripe: number, planned: Planned<C>): void {
  const { pool, policy, stripes, holdings, moves } = planned
  const seating = holdings.seatingOf(stripe, policy.maxPerDomain ?? 1)
  const nodes = [...holdings.placedOf(stripe)]
  const crowding = nodes.filter(([shard]) => penaltyAtHome(shard, seating) > 0)
  if (crowding.length === 0) return
  const holders = new Set(nodes.map(([, { peerId }]) => peerId))
  const offers = new Offers(pool, costsOf({ pool, key: stripes[stripe]!.key, seed: 0, policy, holders }).costs)
  for (const [shard, { peerId: from }] of crowding) {
    const penalty = penaltyAtHome(shard, seating)
    if (penalty === 0) continue
    const home = seating.domainOf[shard]!
    seating.unseat(shard)
    const domain = bestDomain(shard, seating, offers, false)
    const isBetter = domain >= 0 && seating.penaltyOf(shard, domain) < penalty
    seating.seat(shard, isBetter ? domain : home)
    if (!isBetter) continue
    const to = pool.candidates[offers.take(domain)]!.peerId
    holdings.put(stripe, shard, to)
    moves.add({ stripe, shard, from, to, reason: 'rule' })
  }
}

function penaltyAtHome(shard: number, seating: Seating): number {
  const home = seating.domainOf[shard]!
  seating.unseat(shard)
  const penalty = seating.penaltyOf(shard, home)
  seating.seat(shard, home)
  return penalty
}
