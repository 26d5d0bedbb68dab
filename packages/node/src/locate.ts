import { findHeld } from './catalog/search.ts'
import { openObject, type StoredObject } from './catalog/stored-object.ts'
import { parseCapability } from './object/capability.ts'
import { shardId } from './object/shard-id.ts'
import type { Peer } from './peer.ts'

/**
 * The acknowledgement of one stored shard: which node has it, and its storage key there. The copies of an object that lies in
 * its manifest are like the shards of a single stripe.
 */
export interface ShardReceipt {
  readonly stripe: number
  /** The shard's place in its stripe: data first, then parity. */
  readonly index: number
  readonly peerId: string
  readonly unit: string
  readonly segment: number
  /** Of the shard's record in its segment. */
  readonly offsetBytes: number
  readonly lengthBytes: number
  /** CRC-32 of the shard. */
  readonly checksum: number
  /** Undefined when it is kept until it is deleted. */
  readonly deleteAfter: Date | undefined
}

/**
 * Every shard of an object with the place that its node acknowledged, stripe by stripe, as last recorded. Read page by page,
 * so that it takes no more memory for a large object.
 * @throws CapabilityError, SearchError; the signal's reason when aborted
 */
export async function* locate(capability: string, signal: AbortSignal, peer: Peer): AsyncGenerator<ShardReceipt> {
  const object = await openObject(parseCapability(capability), peer, signal)
  if (object.manifest.content !== undefined) yield* copiesOf(object, signal, peer)
  for (let page = 0; page < object.pageCount; page += 1) yield* receiptsOf(object, page)
}

/** Where they are is recorded nowhere: it follows from the object's id, and members are asked. */
async function* copiesOf(object: StoredObject, signal: AbortSignal, peer: Peer): AsyncGenerator<ShardReceipt> {
  const lengthBytes = object.record.length
  const deleteAfter = deletionOf(object)
  const found = await findHeld([shardId(object.manifest.objectId, 'manifest')], peer.network, signal)
  for (const [index, { stored }] of found.entries()) yield { stripe: 0, index, ...stored, lengthBytes, deleteAfter }
}

async function* receiptsOf(object: StoredObject, page: number): AsyncGenerator<ShardReceipt> {
  const deleteAfter = deletionOf(object)
  const { stripes } = await object.locationPage(page)
  for (const [position, row] of stripes.entries()) {
    const stripe = page * object.stripesPerPage + position
    const lengthBytes = object.shardBytesOf(stripe)
    for (const [index, shard] of row.entries()) {
      if (shard !== undefined) yield { stripe, index, ...shard, lengthBytes, deleteAfter }
    }
  }
}

function deletionOf({ manifest: { deleteAfterMs } }: StoredObject): Date | undefined {
  return deleteAfterMs === 0 ? undefined : new Date(deleteAfterMs)
}
