/** What a node would move of one object of which it holds shards, by the same planner that plans for whole networks. */
import { type MovePlan, planMoves, type StoredStripe } from '@p2pstore/placement'
import type { StoredObject } from '../catalog/stored-object.ts'
import { parseShardId, shardId } from '../object/shard-id.ts'
import type { Circumstances } from './circumstances.ts'

export interface PlannedMove {
  readonly id: Uint8Array
  /** Undefined when no node may take it. */
  readonly to: string | undefined
  readonly bytes: number
  readonly reason: MovePlan['moves'][number]['reason']
}

/**
 * @param ids shards of the object that the node holds
 * @throws SearchError; the object's signal's reason when aborted
 */
export async function planObject(
  object: StoredObject,
  ids: readonly Uint8Array[],
  selfId: string,
  { candidates, heldBytes, leaving, gift }: Circumstances,
): Promise<PlannedMove[]> {
  const held = new Map<number, Set<number>>()
  for (const id of ids) {
    const { number: stripe, index } = parseShardId(id)
    held.set(stripe, (held.get(stripe) ?? new Set()).add(index))
  }
  const numbers = [...held.keys()].filter((stripe) => stripe < object.stripeCount)
  const stripes = await Promise.all(numbers.map((stripe) => storedStripe(object, stripe, held.get(stripe)!, selfId)))
  const { moves, unplaced } = planMoves({
    ...{ candidates, stripes, leaving, heldBytes, giver: { peerId: selfId, gift } },
    policy: { accept: ({ availability, isRelayed }) => availability === 'up' && !isRelayed },
  })
  const planned = ({ stripe, shard }: { stripe: number; shard: number }) => ({
    id: shardId(object.manifest.objectId, 'shard', numbers[stripe], shard),
    bytes: stripes[stripe]!.shardBytes,
  })
  return [
    ...moves.map((move) => ({ ...planned(move), to: move.to, reason: move.reason })),
    ...unplaced.map((shard) => ({ ...planned(shard), to: undefined, reason: 'leaving' as const })),
  ]
}

async function storedStripe(
  object: StoredObject,
  stripe: number,
  own: ReadonlySet<number>,
  selfId: string,
): Promise<StoredStripe> {
  const page = await object.locationPage(Math.floor(stripe / object.stripesPerPage))
  const holders = new Map<number, string>()
  for (const [index, shard] of (page.stripes[stripe % object.stripesPerPage] ?? []).entries()) {
    // What the page says of this node, the node knows better.
    if (shard !== undefined && shard.peerId !== selfId) holders.set(index, shard.peerId)
  }
  for (const index of own) holders.set(index, selfId)
  return {
    key: shardId(object.manifest.objectId, 'shard', stripe),
    geometry: object.coding.parity,
    shardBytes: object.shardBytesOf(stripe),
    holders,
  }
}
