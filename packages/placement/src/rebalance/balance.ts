/*
 * Full nodes give to empty ones. A node's share of all bytes is its share of all weight. One that is further from it than the
 * slack gives what it has too much, or takes what it lacks, up to its share and no further; the other end of each move is the
 * node that is furthest off in the other direction. So each byte moves once, and none that didn't have to.
 */
import type { Candidate } from '../candidate.ts'
import type { Loaded, Planned } from './planned.ts'
import type { StoredShard } from './stored-stripe.ts'

/** Nodes tried as the other end of a move, and shards of each, before a node is left as it is. */
const MAX_PARTNERS = 8
const MAX_SHARDS = 64

interface Account<C extends Candidate> {
  readonly node: Loaded<C>
  readonly shareBytes: number
}

export function balance<C extends Candidate>(planned: Planned<C>, slackPermille: number): void {
  const accounts = accountsOf(planned)
  const surplus = ({ node, shareBytes }: Account<C>) => planned.holdings.bytesOf(node.peerId) - shareBytes
  const distance = (account: Account<C>) => Math.abs(surplus(account))
  const isOff = (account: Account<C>) => distance(account) * 1000 > account.shareBytes * slackPermille
  const furthestFirst = (a: Account<C>, b: Account<C>) => distance(b) - distance(a)

  const bringNearer = (off: Account<C>): boolean => {
    const isGiver = surplus(off) > 0
    const isOpposite = (other: Account<C>) => (isGiver ? surplus(other) < 0 : surplus(other) > 0)
    const partners = accounts.filter(isOpposite).sort(furthestFirst).slice(0, MAX_PARTNERS)
    // A larger shard would take it further past its share than it is away from it now.
    const mostBytes = 2 * distance(off)
    return partners.some(({ node }) =>
      moveOne(isGiver ? off.node : node, isGiver ? node : off.node, mostBytes, planned),
    )
  }
  for (const off of accounts.filter(isOff).sort(furthestFirst)) {
    // Others may have brought it near its share meanwhile.
    let isMoving = isOff(off)
    while (isMoving && distance(off) > 0) isMoving = bringNearer(off)
  }
}

function accountsOf<C extends Candidate>({ pool, policy, holdings }: Planned<C>): Account<C>[] {
  const nodes = pool.candidates.filter((node) => node.available && node.weight > 0 && policy.accept?.(node) !== false)
  const totalWeight = nodes.reduce((sum, { weight }) => sum + weight, 0)
  const totalBytes = nodes.reduce((sum, { peerId }) => sum + holdings.bytesOf(peerId), 0)
  return nodes.map((node) => ({ node, shareBytes: totalBytes * (node.weight / totalWeight) }))
}

/** Moves one shard, of fewer bytes than said. @returns whether there was one that may move */
function moveOne<C extends Candidate>(
  giver: Loaded<C>,
  taker: Loaded<C>,
  mostBytes: number,
  planned: Planned<C>,
): boolean {
  let shardsLeft = MAX_SHARDS
  for (const { stripe, shard } of planned.holdings.heldBy(giver.peerId)) {
    if (shardsLeft-- === 0) return false
    if (planned.stripes[stripe]!.shardBytes >= mostBytes || !isNoWorse({ stripe, shard }, taker, planned)) continue
    planned.holdings.put(stripe, shard, taker.peerId)
    planned.moves.add({ stripe, shard, from: giver.peerId, to: taker.peerId, reason: 'balance' })
    return true
  }
  return false
}

/** Whether a shard is no more in the way of its groups with another node than where it is. */
function isNoWorse<C extends Candidate>(
  { stripe, shard }: StoredShard,
  taker: Loaded<C>,
  { holdings, pool, policy }: Planned<C>,
): boolean {
  if ([...holdings.placedOf(stripe).values()].some(({ peerId }) => peerId === taker.peerId)) return false
  const seating = holdings.seatingOf(stripe, policy.maxPerDomain ?? 1)
  const home = seating.domainOf[shard]!
  seating.unseat(shard)
  return seating.penaltyOf(shard, pool.domains.get(taker.domain)!) <= seating.penaltyOf(shard, home)
}
