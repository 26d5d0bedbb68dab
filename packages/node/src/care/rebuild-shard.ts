import type { StoredObject } from '../catalog/stored-object.ts'
import { IntegrityError } from '../object/cipher.ts'
import { sha256 } from '../object/manifest.ts'
import type { Peer } from '../peer.ts'
import { fetchShards, recordedSources, withRebuiltShards } from '../read-stripe.ts'

/**
 * One shard of a stripe, made anew from the others and checked against its hash.
 * @throws DownloadError NOT_ENOUGH_SHARDS, IntegrityError, SearchError; the signal's reason when aborted
 */
export async function rebuildShard(
  object: StoredObject,
  stripe: number,
  index: number,
  peer: Peer,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const recorded = await recordedSources(object, stripe)
  const sources = recorded.filter((source) => source.index !== index)
  const hashes = await object.hashesOf(stripe)
  const fetched = await fetchShards(object, stripe, { sources, hashes }, peer, signal)
  return withRebuiltShards(object, stripe, fetched, [index], signal, (shards) => {
    const shard = Uint8Array.from(shards[index] as Uint8Array)
    if (Buffer.compare(sha256(shard), hashes[index] as Uint8Array) === 0) return shard
    throw new IntegrityError('INTEGRITY', `shard ${index} of stripe ${stripe} was rebuilt wrong`)
  })
}
