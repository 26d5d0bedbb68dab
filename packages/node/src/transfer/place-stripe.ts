/**
 * Nodes for the shards of a stripe, by the parity groups of its scheme, from the view as it is now. A node that fails is
 * replaced at once: by the one named for that beforehand, and when that is in use or has failed too, by whichever fits best
 * around the nodes that the other shards are on by then. No two shards of a stripe are ever on one node.
 */
import { type Placement, type PlaceRequest, type Policy, place, type StripeGeometry } from '@p2pstore/placement'
import type { Network } from '../network.ts'
import type { StoredShard } from '../object/location-page.ts'
import { shardId } from '../object/shard-id.ts'
import type { ResolvedPutOptions } from '../put-options.ts'
import type { StorageMember } from '../storage-member.ts'
import type { PlacementWishes } from './placement-wishes.ts'
import { UploadError } from './upload.ts'

/** What the nodes of a stripe are chosen for. */
export interface StripeOfObject {
  readonly objectId: Uint8Array
  readonly stripe: number
  readonly geometry: StripeGeometry
  readonly wishes?: PlacementWishes | undefined
}

export interface StripeNodes {
  /** First choices: peer ids by shard number, for all shards that aren't placed as far as there are nodes. */
  readonly nodes: ReadonlyMap<number, string>
  /** Another node for a shard whose node failed or that has none; undefined when there is none, or after too many. */
  readonly substitute: (shard: number) => string | undefined
  /** Nodes of the shards that are placed already. */
  readonly siblings?: readonly string[]
}

type Located = Pick<StorageMember, 'peerId' | 'domain'>

/**
 * Chooses nodes for the shards of a stripe that aren't placed yet.
 * @param placed shards that stay where they are
 * @param excluded peers that get none
 */
export function placeShards(
  network: Pick<Network, 'candidates' | 'notePlaced'>,
  stripe: StripeOfObject,
  placed: ReadonlyMap<number, StoredShard>,
  excluded: ReadonlySet<string> = new Set(),
): StripeNodes {
  const current = located(placed, network)
  const first = decide(network, stripe, current, excluded).placement
  for (const [shard, node] of first.nodes) current.set(shard, node)
  network.notePlaced([...first.nodes.values()].map(({ peerId }) => peerId))
  const failed = new Set(excluded)
  let substitutesLeft = stripe.geometry.shardCount

  const substitute = (shard: number): string | undefined => {
    const before = current.get(shard)
    if (before !== undefined) failed.add(before.peerId)
    current.delete(shard)
    if (substitutesLeft-- <= 0) return undefined
    const isFree = ({ peerId }: Located) =>
      !failed.has(peerId) && ![...current.values()].some((other) => other.peerId === peerId)
    const second = first.seconds.get(shard)
    const next =
      second !== undefined && isFree(second)
        ? second
        : decide(network, stripe, current, failed, [shard]).placement.nodes.get(shard)
    if (next === undefined) return undefined
    current.set(shard, next)
    network.notePlaced([next.peerId])
    return next.peerId
  }
  const nodes = new Map([...first.nodes].map(([shard, { peerId }]) => [shard, peerId]))
  return { nodes, substitute, siblings: [...placed.values()].map(({ peerId }) => peerId) }
}

/** A holder that the view doesn't know is taken for a domain of its own. */
function located(placed: ReadonlyMap<number, StoredShard>, network: Pick<Network, 'candidates'>): Map<number, Located> {
  if (placed.size === 0) return new Map()
  const domains = new Map(network.candidates().candidates.map(({ peerId, domain }) => [peerId, domain]))
  return new Map([...placed].map(([shard, { peerId }]) => [shard, { peerId, domain: domains.get(peerId) ?? peerId }]))
}

/** A choice, and all that it followed from. */
export interface StripeDecision {
  readonly request: PlaceRequest<StorageMember>
  readonly placement: Placement<StorageMember>
}

/**
 * Nodes behind relays, or that nobody can dial, are chosen only when there are too few others; suspects, and nodes
 * behind paths on which nearly everything got lost lately, only when there still are.
 * @param shards which of those that aren't placed; default: all
 */
export function decide(
  network: Pick<Network, 'candidates'>,
  { objectId, stripe, geometry, wishes = {} }: StripeOfObject,
  placed: ReadonlyMap<number, Located> = new Map(),
  excluded: ReadonlySet<string> = new Set(),
  shards?: readonly number[],
): StripeDecision {
  const decideBy = (more: Policy<StorageMember>, isWanted: (member: StorageMember) => boolean): StripeDecision => {
    const accept = (member: StorageMember) =>
      !excluded.has(member.peerId) && isWanted(member) && (wishes.accept?.(member) ?? true)
    const request = {
      candidates: network.candidates(),
      key: shardId(objectId, 'shard', stripe),
      geometry,
      placed,
      policy: { strategy: wishes.strategy ?? 'spread', ...more, accept },
      ...(shards && { shards }),
    }
    return { request, placement: place(request) }
  }
  const isUp = ({ availability }: StorageMember): boolean => availability === 'up'
  const isEnough = ({ placement }: StripeDecision): boolean => placement.explanation.missing === 0
  const near = decideBy({}, (member) => isUp(member) && !member.isRelayed && !member.isUnreachable)
  if (isEnough(near)) return near
  const sound = decideBy({}, isUp)
  return isEnough(sound) ? sound : decideBy({ maxCongestionPermille: 1000 }, () => true)
}

/**
 * Refuses a put that can't succeed before anything is read from its source.
 * @throws UploadError TOO_FEW_NODES
 */
export function assertEnoughNodes(
  network: Pick<Network, 'storageMembers'>,
  { scheme, acknowledge, placement }: Pick<ResolvedPutOptions, 'scheme' | 'acknowledge' | 'placement'>,
  requiredNodes: number,
): void {
  const members = network.storageMembers()
  const isUsable = (member: StorageMember): boolean =>
    member.available && member.weight > 0 && (placement.accept?.(member) ?? true)
  const usable = members.filter(isUsable).length
  if (usable >= requiredNodes) return
  throw new UploadError(
    'TOO_FEW_NODES',
    `${scheme} acknowledged by ${acknowledge} needs ${requiredNodes} storage nodes with free space; ${usable} of ${members.length} known ${placement.accept ? 'are up and wanted' : 'are up'}. ` +
      'Start more nodes, or choose a smaller scheme or a lower acknowledgement level',
    { retryable: true },
  )
}
