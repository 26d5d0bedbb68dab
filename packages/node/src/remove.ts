import { openObject } from './catalog/stored-object.ts'
import { parseCapability } from './object/capability.ts'
import type { Peer } from './peer.ts'
import { type DiscardReport, discardObject } from './transfer/discard.ts'

/**
 * Deletes an object on every node that can be reached. It can't be found from then on.
 * @throws CapabilityError (a verify capability is not enough), SearchError; the signal's reason when aborted
 */
export async function remove(capability: string, signal: AbortSignal, peer: Peer): Promise<DiscardReport> {
  const object = await openObject(parseCapability(capability), peer, signal)
  const { objectId, deleteKey } = object.keys
  const discarded = {
    objectId,
    deleteKey,
    stripeCount: object.stripeCount,
    totalShards: object.coding.geometry.totalShards,
  }
  const peerIds = peer.network.storageMembers().map((member) => member.peerId)
  return discardObject(discarded, peerIds, peer.network, signal)
}
