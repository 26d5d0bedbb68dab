/**
 * Repair of one object, by any member that has a capability for it; no key is needed, since shards are ciphertext. For every
 * stripe that lacks shards: fetch enough right ones, rebuild just the lost ones in place, store them on nodes that hold no
 * other shard of the stripe. Where they now are is recorded page by page; the object can be read all the while, and a repair
 * that was interrupted is simply run again.
 */
import { mirrorRecord } from '../catalog/mirror-record.ts'
import { openObject, type StoredObject } from '../catalog/stored-object.ts'
import { updateLocations } from '../catalog/update-locations.ts'
import { parseCapability } from '../object/capability.ts'
import { IntegrityError } from '../object/cipher.ts'
import type { LocationPage, StoredShard } from '../object/location-page.ts'
import { sha256 } from '../object/manifest.ts'
import { shardId } from '../object/shard-id.ts'
import { never } from '../on-abort.ts'
import type { Peer } from '../peer.ts'
import { fetchShards, withRebuiltShards } from '../read-stripe.ts'
import { isDecodable, missingShards } from '../transfer/decodable.ts'
import { placeShards } from '../transfer/place-stripe.ts'
import { uploadStripe } from '../transfer/upload.ts'
import { batchesOf, inspectStripes, type StripeState } from './inspect.ts'

export interface RepairOptions {
  /** Called with the number of stripes looked after so far. */
  readonly onProgress?: ((stripes: number, stripeCount: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface RepairReport {
  readonly objectId: string
  readonly stripeCount: number
  /** Shards rebuilt and stored anew. */
  readonly rebuiltShards: number
  readonly rebuiltBytes: number
  /** Lost shards for which no node was found: too few nodes without a shard of the stripe. */
  readonly unplacedShards: number
  /** Stripes that can't be rebuilt from what could be read. */
  readonly stripesLost: number
  /** Copies of manifest and pages that are in place now, of those that there should be. */
  readonly recordCopies: { readonly stored: number; readonly wanted: number }
  /** Nothing is missing any more. */
  readonly isComplete: boolean
}

interface RepairWalk {
  readonly object: StoredObject
  readonly peer: Peer
  readonly signal: AbortSignal
  readonly totals: {
    rebuiltShards: number
    rebuiltBytes: number
    unplacedShards: number
    stripesLost: number
    stored: number
    wanted: number
  }
}

/** @throws CapabilityError, SearchError; the signal's reason when aborted */
export async function repair(capability: string, options: RepairOptions, peer: Peer): Promise<RepairReport> {
  const { onProgress = () => {}, signal = never } = options
  const object = await openObject(parseCapability(capability), peer, signal)
  const totals = { rebuiltShards: 0, rebuiltBytes: 0, unplacedShards: 0, stripesLost: 0, stored: 0, wanted: 0 }
  const walk: RepairWalk = { object, peer, signal, totals }
  await mirror(walk, 'manifest', 0, object.record)
  for (let page = 0; page < object.pageCount; page += 1) {
    await repairPage(walk, page, (stripes) => onProgress(stripes, object.stripeCount))
  }
  const { stored, wanted, ...shards } = totals
  return {
    objectId: Buffer.from(object.manifest.objectId).toString('hex'),
    stripeCount: object.stripeCount,
    ...shards,
    recordCopies: { stored, wanted },
    isComplete: shards.unplacedShards === 0 && shards.stripesLost === 0 && stored === wanted,
  }
}

async function repairPage(walk: RepairWalk, page: number, onProgress: (stripes: number) => void): Promise<void> {
  const { object, peer, signal } = walk
  const locations = await object.newestLocationPage(page)
  const corrections: Correction[] = []
  for (const stripes of batchesOf(object, page)) {
    for (const state of await inspectStripes(object, stripes, locations, peer, signal)) {
      const row = locations.stripes[state.stripe % object.stripesPerPage] ?? []
      for (const [index, shard] of [...state.good, ...(await repairStripe(walk, state))]) {
        if (row[index] !== shard) corrections.push({ stripe: state.stripe, index, shard })
      }
      onProgress(state.stripe + 1)
    }
  }
  if (object.manifest.inlineHashes === undefined) await mirror(walk, 'hashPage', page, await object.hashPage(page))
  const change = (newest: LocationPage): boolean => {
    for (const { stripe, index, shard } of corrections) {
      const row = newest.stripes[stripe % object.stripesPerPage]
      if (row !== undefined) row[index] = shard
    }
    return corrections.length > 0
  }
  const update = { object, page, change, members: peer.network, requiredCopies: 0, isChecked: true }
  const holders = await updateLocations(update, peer, signal)
  walk.totals.stored += holders.length
  walk.totals.wanted += object.recordCopies
}

/** Where a shard is that the page names elsewhere or not at all. */
interface Correction {
  readonly stripe: number
  readonly index: number
  readonly shard: StoredShard
}

/** @returns where the rebuilt shards are, by index */
async function repairStripe(walk: RepairWalk, state: StripeState): Promise<ReadonlyMap<number, StoredShard>> {
  const { codec } = walk.object.coding
  const lost = missingShards(codec.totalShards, state.good.keys())
  if (lost.length > 0 && isDecodable(codec, state.good.keys())) return rebuildShards(walk, state, lost)
  if (lost.length > 0) walk.totals.stripesLost += 1
  return new Map()
}

/** @returns where the rebuilt shards are, by index */
async function rebuildShards(
  { object, peer, signal, totals }: RepairWalk,
  { stripe, good, wrong }: StripeState,
  lost: readonly number[],
): Promise<ReadonlyMap<number, StoredShard>> {
  const deceived = new Set(wrong.filter(({ isKnown }) => !isKnown).map(({ peerId }) => peerId))
  const sources = [...good].map(([index, { peerId }]) => ({ index, peerId }))
  const hashes = await object.hashesOf(stripe)
  const fetched = await fetchShards(object, stripe, { sources, hashes }, peer, signal)
  return withRebuiltShards(object, stripe, fetched, lost, signal, async (shards) => {
    await assertRight(object, stripe, shards, lost)
    const { objectId, runId } = object.manifest
    const upload = {
      objectId,
      runId,
      stripe,
      deleteAfterMs: object.manifest.deleteAfterMs,
      durability: 'durable' as const,
      requiredShards: lost.length,
      shards: new Map(lost.map((index) => [index, shards[index] as Uint8Array])),
      ...placeShards(peer.network, { objectId, stripe, geometry: object.coding.parity }, good, deceived),
    }
    const { stored } = await uploadStripe(upload, peer.network, peer.clock, signal)
    totals.rebuiltShards += stored.size
    totals.rebuiltBytes += stored.size * object.shardBytesOf(stripe)
    totals.unplacedShards += lost.length - stored.size
    return stored
  })
}

/** Nothing rebuilt is stored before it has been checked like anything else. @throws IntegrityError */
async function assertRight(
  object: StoredObject,
  stripe: number,
  shards: readonly Uint8Array[],
  rebuilt: readonly number[],
): Promise<void> {
  const hashes = await object.hashesOf(stripe)
  for (const index of rebuilt) {
    if (Buffer.compare(sha256(shards[index] as Uint8Array), hashes[index] as Uint8Array) === 0) continue
    throw new IntegrityError('INTEGRITY', `shard ${index} of stripe ${stripe} was rebuilt wrong; nothing was stored`)
  }
}

async function mirror(
  { object, peer, signal, totals }: RepairWalk,
  kind: 'manifest' | 'hashPage',
  number: number,
  bytes: Uint8Array,
): Promise<void> {
  const { objectId, runId, deleteAfterMs } = object.manifest
  const copies = object.recordCopies
  const record = {
    id: shardId(objectId, kind, number),
    runId,
    bytes,
    kind: 'fixed' as const,
    deleteAfterMs,
    copies,
    requiredCopies: 0,
    isChecked: true,
  }
  const holders = await mirrorRecord(record, peer.network, signal)
  totals.stored += holders.length
  totals.wanted += copies
}
