import type { Codec } from '@p2pstore/codec'
import { type Placement, replace } from '@p2pstore/placement'
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

/** What the nodes of a stripe are chosen for. */
export interface StripeOfCode {
  readonly objectId: Uint8Array
  readonly stripe: number
  readonly codec: Pick<Codec, 'tolerance'>
}

const nobody: ReadonlySet<string> = new Set()

/**
 * Chooses nodes for `count` shards of a stripe, from the view as it is now: none that holds another shard of it, nor one of
 * the `excluded`. Suspects are chosen only when there are too few others.
 */
export function placeShards(
  network: Pick<Network, 'candidates'>,
  { objectId, stripe, codec }: StripeOfCode,
  count: number,
  placed: ReadonlyMap<number, StoredShard>,
  excluded: ReadonlySet<string> = nobody,
): StripePlacement {
  const candidates = network.candidates()
  const holders = new Set([...placed.values()].map(({ peerId }) => peerId))
  const choose = (accept: (member: StorageMember) => boolean): Placement<StorageMember> =>
    replace({
      candidates,
      taken: candidates.candidates.filter(({ peerId }) => holders.has(peerId)),
      policy: { accept: (member) => !excluded.has(member.peerId) && accept(member) },
      key: shardId(objectId, 'shard', stripe),
      seed: 0,
      count,
      lossesSurvived: codec.tolerance,
    })
  const sound = choose(({ availability }) => availability === 'up')
  return namesOf(sound.nodes.length < count ? choose(() => true) : sound)
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
