/**
 * Reads one segment of an object: fetch shards, rebuild the data shards among them that are missing, open.
 *
 * Whether a segment is what was stored, its seal tells: hashing its shards as well would cost as much as all the rest that a
 * reader computes. Only when a seal does not fit, hashes tell which shard is wrong, and are looked at from then on.
 */
import type { Uint8ArrayList } from 'uint8arraylist'
import { findShards } from './catalog/search.ts'
import type { StoredObject } from './catalog/stored-object.ts'
import { IntegrityError, openSegment } from './object/cipher.ts'
import { segmentBytesAt } from './object/geometry.ts'
import type { Peer } from './peer.ts'
import { arrivals } from './slabs.ts'
import { isDecodable, missingShards } from './transfer/decodable.ts'
import { downloadStripe, type Source } from './transfer/download.ts'
import { orderSources } from './transfer/sources.ts'

/**
 * @returns the segment's plaintext in pieces
 * @throws DownloadError NOT_ENOUGH_SHARDS, IntegrityError INTEGRITY; the signal's reason when aborted
 */
export async function readStripe(
  object: StoredObject,
  stripe: number,
  peer: Peer,
  signal: AbortSignal,
): Promise<Uint8Array[]> {
  const sources = await recordedSources(object, stripe)
  const read = async (hashes: readonly Uint8Array[] | undefined) => {
    const shards = await fetchShards(object, stripe, { sources, hashes }, peer, signal)
    const plaintext = await openStripe(object, stripe, shards, signal)
    for (const shard of shards.values()) arrivals.giveBack(shard)
    return plaintext
  }
  if (!object.isDoubtful) {
    try {
      return await read(undefined)
    } catch (failure) {
      if (!(failure instanceof IntegrityError)) throw failure
      object.isDoubtful = true
    }
  }
  return read(await object.hashesOf(stripe))
}

async function openStripe(
  object: StoredObject,
  stripe: number,
  shards: ReadonlyMap<number, Uint8ArrayList>,
  signal: AbortSignal,
): Promise<Uint8Array[]> {
  const { dataShards } = object.coding.geometry
  const plaintextBytes = segmentBytesAt(object.coding.geometry, object.manifest.objectBytes, stripe)
  const data = Array.from({ length: dataShards }, (_, index) => shards.get(index))
  if (data.every((shard) => shard !== undefined)) {
    return openSegment(
      object.keys,
      stripe,
      data.flatMap((shard) => [...shard]),
      plaintextBytes,
    )
  }
  const lost = missingShards(dataShards, shards.keys())
  return withRebuiltShards(object, stripe, shards, lost, signal, (rebuilt) =>
    openSegment(object.keys, stripe, rebuilt.slice(0, dataShards), plaintextBytes),
  )
}

/** What of a stripe to read from where. */
export interface ShardSources {
  readonly sources: readonly Source[]
  /** SHA-256 by index, to compare with; undefined when whoever uses the shards will notice wrong ones. */
  readonly hashes: readonly Uint8Array[] | undefined
}

/** Enough shards of a stripe to decode it, by index: from the sources given, or from wherever else they are. */
export async function fetchShards(
  object: StoredObject,
  stripe: number,
  { sources, hashes }: ShardSources,
  peer: Peer,
  signal: AbortSignal,
): Promise<Map<number, Uint8ArrayList>> {
  const { objectId } = object.manifest
  const { dataShards, totalShards } = object.coding.geometry
  const order = (unordered: readonly Source[]) => orderSources(unordered, dataShards, peer)
  const download = {
    objectId,
    stripe,
    hashes,
    shardBytes: object.shardBytesOf(stripe),
    neededShards: dataShards,
    isEnough: (indexes: Iterable<number>) => isDecodable(object.coding.codec, indexes),
    sources: order(sources),
    findMore: async (stop: AbortSignal) =>
      order(await findShards({ objectId, stripe, totalShards }, peer.network, stop)),
    onWrongShard: ({ index, peerId }: Source) => {
      peer.logger.warn({ objectId: Buffer.from(objectId).toString('hex'), stripe, index, peerId }, 'wrong shard')
      peer.events.dispatchEvent(new CustomEvent('wrong-shard', { detail: { objectId, stripe, index, peerId } }))
    },
  }
  return downloadStripe(download, peer, signal)
}

/**
 * Lays fetched shards into a stripe's memory, rebuilds the `lost` ones in place, and lends all to `use` before it ends.
 * One that was taken for lost may have been found while others were fetched: it is as it was.
 */
export async function withRebuiltShards<T>(
  object: StoredObject,
  stripe: number,
  fetched: ReadonlyMap<number, Uint8ArrayList>,
  lost: readonly number[],
  signal: AbortSignal,
  use: (shards: readonly Uint8Array[]) => T | Promise<T>,
): Promise<T> {
  const { codec, stripes } = object.coding
  const workspace = await stripes.take(object.shardBytesOf(stripe), signal)
  try {
    for (const [index, shard] of fetched) copyPieces(shard, workspace.shards[index] as Uint8Array)
    const wanted = lost.filter((index) => !fetched.has(index))
    codec.rebuild(workspace.shards, missingShards(codec.totalShards, fetched.keys()), { wanted })
    return await use(workspace.shards)
  } finally {
    stripes.release(workspace)
  }
}

/** Where the location page says that the shards of a stripe are. */
export async function recordedSources(object: StoredObject, stripe: number): Promise<Source[]> {
  const page = await object.locationPage(Math.floor(stripe / object.stripesPerPage))
  const row = page.stripes[stripe % object.stripesPerPage] ?? []
  return row.flatMap((shard, index) => (shard === undefined ? [] : [{ index, peerId: shard.peerId }]))
}

function copyPieces(pieces: Uint8ArrayList, target: Uint8Array): void {
  let offset = 0
  for (const piece of pieces) {
    target.set(piece, offset)
    offset += piece.length
  }
}
