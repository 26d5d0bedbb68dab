/**
 * Deletes everything that belongs to an object: its shards, pages and manifest, wherever they are. Nodes delete only what the
 * delete key's own encode run wrote, and asking twice does no harm.
 */
import { maximumIdsPerRequest, shardDelete } from '../messages/shard-messages.ts'
import type { Network } from '../network.ts'
import { stripesPerPage } from '../object/geometry.ts'
import { shardId } from '../object/shard-id.ts'
import { inWindow } from './window.ts'

export interface DiscardedObject {
  readonly objectId: Uint8Array
  readonly deleteKey: Uint8Array
  /** Stripes that may have been stored. */
  readonly stripeCount: number
  readonly totalShards: number
}

export interface DiscardReport {
  /** Shards and records deleted. */
  readonly deleted: number
  /** Nodes that could not be asked; what they hold stays until they are. */
  readonly unreachable: readonly string[]
}

const nodesAtOnce = 8
const timeoutMs = 10_000

export async function discardObject(
  object: DiscardedObject,
  peerIds: Iterable<string>,
  network: Pick<Network, 'call'>,
  signal: AbortSignal,
): Promise<DiscardReport> {
  let deleted = 0
  const unreachable: string[] = []
  const discardOn = async (peerId: string, stop: AbortSignal): Promise<void> => {
    try {
      for (const ids of batches(idsOf(object))) {
        const head = { ids, deleteKey: object.deleteKey }
        const reply = await network.call(peerId, shardDelete, head, {
          signal: AbortSignal.any([signal, stop]),
          timeoutMs,
        })
        deleted += reply.head.deleted
      }
    } catch {
      unreachable.push(peerId)
    }
  }
  for await (const _ of inWindow(peerIds, nodesAtOnce, discardOn));
  signal.throwIfAborted()
  return { deleted, unreachable }
}

/** The manifest first, so that what is half deleted can no longer be found. */
function* idsOf({ objectId, stripeCount, totalShards }: DiscardedObject): Generator<Uint8Array> {
  yield shardId(objectId, 'manifest')
  const pages = Math.ceil(stripeCount / stripesPerPage(totalShards))
  for (let page = 0; page < pages; page += 1) {
    yield shardId(objectId, 'hashPage', page)
    yield shardId(objectId, 'locationPage', page)
  }
  for (let stripe = 0; stripe < stripeCount; stripe += 1) {
    for (let index = 0; index < totalShards; index += 1) yield shardId(objectId, 'shard', stripe, index)
  }
}

function* batches(ids: Iterable<Uint8Array>): Generator<Uint8Array[]> {
  let batch: Uint8Array[] = []
  for (const id of ids) {
    batch.push(id)
    if (batch.length < maximumIdsPerRequest) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
