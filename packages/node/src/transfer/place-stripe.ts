import type { Codec } from '@p2pstore/codec'
import { type Placement, place, replace } from '@p2pstore/placement'
import type { Network, StorageMember } from '../network.ts'
import type { StoredShard } from '../object/location-page.ts'
import { shardId } from '../object/shard-id.ts'
import type { AcknowledgementLevel } from './acknowledgement.ts'
import { UploadError } from './upload.ts'

export interface StripePlacement {
  /** Peer ids by shard index; fewer than shards when the network has no more. */
  readonly nodes: readonly string[]
  /** Second choices, best first. */
  readonly fallbacks: readonly string[]
}

/** Chooses a node for every shard of a new stripe, from the view as it is now. */
export function placeStripe(
  network: Pick<Network, 'candidates'>,
  objectId: Uint8Array,
  stripe: number,
  codec: Pick<Codec, 'totalShards' | 'tolerance'>,
): StripePlacement {
  return namesOf(
    place({
      candidates: network.candidates(),
      key: shardId(objectId, 'shard', stripe),
      seed: 0,
      count: codec.totalShards,
      lossesSurvived: codec.tolerance,
    }),
  )
}

/**
 * Chooses nodes for lost shards of a stripe that hold no other shard of it. A node that takes a wrong copy for a right one
 * is not among them: it would keep what it has.
 */
export function replaceShards(
  network: Pick<Network, 'candidates'>,
  objectId: Uint8Array,
  stripe: number,
  codec: Pick<Codec, 'tolerance'>,
  { good, deceived }: { good: ReadonlyMap<number, StoredShard>; deceived: ReadonlySet<string> },
  count: number,
): StripePlacement {
  const candidates = network.candidates()
  const holders = new Set([...good.values()].map(({ peerId }) => peerId))
  return namesOf(
    replace({
      candidates,
      taken: candidates.candidates.filter(({ peerId }) => holders.has(peerId)),
      policy: { accept: ({ peerId }) => !deceived.has(peerId) },
      key: shardId(objectId, 'shard', stripe),
      seed: 0,
      count,
      lossesSurvived: codec.tolerance,
    }),
  )
}

function namesOf({ nodes, fallbacks }: Placement<StorageMember>): StripePlacement {
  return { nodes: nodes.map(({ peerId }) => peerId), fallbacks: fallbacks.map(({ peerId }) => peerId) }
}

/**
 * Refuses a put that can't succeed before anything is read from its source.
 * @throws UploadError TOO_FEW_NODES
 */
export function assertEnoughNodes(
  network: Pick<Network, 'storageMembers'>,
  { scheme, acknowledge }: { scheme: string; acknowledge: AcknowledgementLevel },
  requiredNodes: number,
): void {
  const members = network.storageMembers()
  const usable = members.filter((member) => member.available && member.weight > 0).length
  if (usable >= requiredNodes) return
  throw new UploadError(
    'TOO_FEW_NODES',
    `${scheme} acknowledged by ${acknowledge} needs ${requiredNodes} storage nodes with free space; ${usable} of ${members.length} known are up. ` +
      'Start more nodes, or choose a smaller scheme or a lower acknowledgement level',
    { retryable: true },
  )
}
