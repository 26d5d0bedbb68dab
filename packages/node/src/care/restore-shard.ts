/**
 * Puts right what a node finds damaged in its own store, without its owner: a shard is made anew from the others of its
 * stripe, a record is fetched from another of its holders. The node knows no key, but the length and the checksum of what it
 * once acknowledged; nothing else takes the place of what is damaged.
 */
import { crc32 } from 'node:zlib'
import { Uint8ArrayList } from 'uint8arraylist'
import { findRecord } from '../catalog/search.ts'
import { openHeldObject } from '../catalog/stored-object.ts'
import { parseShardId } from '../object/shard-id.ts'
import type { Peer } from '../peer.ts'
import type { ShardLocation, ShardStore } from '../ports/shard-store.ts'
import { rebuildShard } from './rebuild-shard.ts'

/**
 * @returns whether the shard is as it was; not when it has gone, or what others make of it is something else
 * @throws SearchError, DownloadError, IntegrityError, StoreError; the signal's reason when aborted
 */
export async function restoreShard(
  id: Uint8Array,
  store: ShardStore,
  peer: Peer,
  signal: AbortSignal,
): Promise<boolean> {
  const location = store.stat(id)
  const runId = await store.runOf(id)
  if (location === undefined || runId === undefined) return false
  const body = await bodyElsewhere(id, runId, location, peer, signal)
  if (!isIt(body, location)) return false
  const { checksum, deleteAfterMs } = location
  await store.put({ id, runId, body: new Uint8ArrayList(body), checksum, deleteAfterMs })
  return true
}

async function bodyElsewhere(
  id: Uint8Array,
  runId: Uint8Array,
  location: ShardLocation,
  peer: Peer,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { objectId, kind, number, index } = parseShardId(id)
  if (kind !== 'shard') {
    const accept = (record: Uint8Array) => (isIt(record, location) ? record : undefined)
    return findRecord(id, accept, peer, signal)
  }
  return rebuildShard(await openHeldObject({ objectId, runId }, peer, signal), number, index, peer, signal)
}

function isIt(body: Uint8Array, { lengthBytes, checksum }: ShardLocation): boolean {
  return body.length === lengthBytes && crc32(body) === checksum
}
