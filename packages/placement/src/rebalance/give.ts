/* Full nodes give to empty ones: each what gift.ts says it has to, as far as no stripe gets worse by it. */
import type { Candidate } from '../candidate.ts'
import { hashBytes, hashText, mix, mixPair } from '../hash.ts'
import type { Gift } from './gift.ts'
import type { Planned } from './planned.ts'
import type { StoredShard } from './stored-stripe.ts'

/** Draws of a taker for one shard, and shards in a row that nobody may take, before that is the end of it. */
const MAX_DRAWS = 8
const MAX_FAILURES = 256

/** Gives shards of a node away, in an order of its own: givers that all began with the same stripes would get in each other's way. */
export function give<C extends Candidate>(giver: string, gift: Gift, planned: Planned<C>): void {
  const { stripes, holdings, moves } = planned
  const hash = hashText(giver)
  const inOrder = [...holdings.heldBy(giver)]
    .map((held) => ({ held, lot: mixPair(hash, hashBytes(stripes[held.stripe]!.key, held.shard)) }))
    .sort((a, b) => a.lot - b.lot)
  let failuresLeft = MAX_FAILURES
  for (const { held, lot } of inOrder) {
    const { shardBytes } = stripes[held.stripe]!
    if (failuresLeft === 0) return
    if (!gift.isDue(shardBytes)) continue
    const to = drawTaker(held, lot, gift, planned)
    if (to === undefined) {
      failuresLeft--
      continue
    }
    failuresLeft = MAX_FAILURES
    gift.gave(to, shardBytes)
    holdings.put(held.stripe, held.shard, to)
    moves.add({ ...held, from: giver, to, reason: 'balance' })
  }
}

function drawTaker<C extends Candidate>(
  held: StoredShard,
  seed: number,
  gift: Gift,
  planned: Planned<C>,
): string | undefined {
  const { holdings, stripes } = planned
  const { shardBytes } = stripes[held.stripe]!
  let drawsLeft = MAX_DRAWS
  for (let draw = 0; drawsLeft > 0; draw++) {
    const peerId = gift.taker(mix(seed + draw) >>> 0)
    const taker = peerId === undefined ? undefined : holdings.nodeOf(peerId)
    if (taker === undefined) return undefined
    if (!gift.hasRoom(taker.peerId, holdings.bytesOf(taker.peerId), shardBytes)) continue
    if (isNoWorse(held, taker, planned)) return peerId
    drawsLeft--
  }
  return undefined
}

/** Whether a shard is no more in the way of its groups with another node than where it is. */
function isNoWorse<C extends Candidate>(
  { stripe, shard }: StoredShard,
  taker: Pick<Candidate, 'peerId' | 'domain'>,
  { holdings, pool, policy }: Planned<C>,
): boolean {
  if ([...holdings.placedOf(stripe).values()].some(({ peerId }) => peerId === taker.peerId)) return false
  const seating = holdings.seatingOf(stripe, policy.maxPerDomain ?? 1)
  const home = seating.domainOf[shard]!
  seating.unseat(shard)
  return seating.penaltyOf(shard, pool.domains.get(taker.domain)!) <= seating.penaltyOf(shard, home)
}
