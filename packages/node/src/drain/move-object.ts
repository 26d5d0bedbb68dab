/**
 * Moves what a node holds of one object to other nodes, while it is read. A storage node has no capability, and needs none:
 * the manifest, which any node can fetch, tells the scheme, and so where a shard may go; the shard itself is ciphertext.
 *
 * A shard is durable on its new node, and the page that says where it is has been replaced, before it is deleted here. So
 * a crash at any moment leaves one copy or two, and a reader with the old page finds the shard here, or, later, by asking for
 * it by its id. What can't go now stays, and is tried again.
 */
import { rebuildShard } from '../care/rebuild-shard.ts'
import { mirrorRecord } from '../catalog/mirror-record.ts'
import { SearchError } from '../catalog/record-search.ts'
import { findShards } from '../catalog/search.ts'
import { openHeldObject, type StoredObject } from '../catalog/stored-object.ts'
import { CodedError } from '../coded-error.ts'
import type { StoredShard } from '../object/location-page.ts'
import { parseShardId, shardId } from '../object/shard-id.ts'
import type { Peer } from '../peer.ts'
import type { ShardStore } from '../ports/shard-store.ts'
import { placeShards } from '../transfer/place-stripe.ts'
import { uploadStripe } from '../transfer/upload.ts'
import { inWindow } from '../transfer/window.ts'
import type { DepartingObject } from './departing-objects.ts'
import { otherMembers } from './other-members.ts'

/**
 * - `moved`: another node holds it, and this one does not any more.
 * - `no-node`: no other node takes it now.
 * - `lost`: it is damaged here, and can't be made anew from the others now.
 */
export type DepartureOutcome = 'moved' | 'no-node' | 'lost'

export interface Departure {
  readonly store: ShardStore
  readonly peer: Peer
  readonly signal: AbortSignal
  readonly done: (outcome: DepartureOutcome) => void
}

/** Shards of an object under way at once. */
const shardsAtOnce = 8
/** No scheme has more shards in a stripe. */
const mostShards = 256

/** @throws the signal's reason when aborted */
export async function moveObject({ objectId, ids }: DepartingObject, departure: Departure): Promise<void> {
  const object = await open(objectId, ids, departure)
  if (object === undefined) {
    for (const id of ids) await moveStray(id, departure)
    return
  }
  const pageOf = (id: Uint8Array): number => Math.floor(parseShardId(id).number / object.stripesPerPage)
  const shards = ids.filter((id) => parseShardId(id).kind === 'shard')
  for (const page of new Set(shards.map(pageOf))) {
    await moveShards(
      object,
      page,
      shards.filter((id) => pageOf(id) === page),
      departure,
    )
  }
  for (const id of ids) if (parseShardId(id).kind !== 'shard') await moveRecord(object, id, departure)
}

/** Undefined when nobody knows the object: it is still being put, or was not deleted everywhere. */
async function open(
  objectId: Uint8Array,
  ids: readonly Uint8Array[],
  { store, peer, signal }: Departure,
): Promise<StoredObject | undefined> {
  try {
    for (const id of ids) {
      const runId = await store.runOf(id).catch(ignoreCoded)
      if (runId !== undefined) return await openHeldObject({ objectId, runId }, peer, signal)
    }
  } catch (failure) {
    if (!(failure instanceof SearchError)) throw failure
  }
  return undefined
}

/** Moves shards of one page of stripes. */
async function moveShards(
  object: StoredObject,
  page: number,
  ids: readonly Uint8Array[],
  departure: Departure,
): Promise<void> {
  const { store, peer, signal, done } = departure
  const locations = await object.newestLocationPage(page)
  const rowOf = (id: Uint8Array) => locations.stripes[parseShardId(id).number % object.stripesPerPage]
  const moved: Uint8Array[] = []
  const move = async (id: Uint8Array): Promise<void> => {
    const row = rowOf(id)
    const outcome = row === undefined ? 'lost' : await copyShard(object, id, row, departure)
    if (outcome === 'moved') moved.push(id)
    else done(outcome)
  }
  for await (const _ of inWindow(ids, shardsAtOnce, move));
  signal.throwIfAborted()
  if (moved.length === 0) return
  locations.revision += 1
  const record = locationRecord(object, page, locations.encode())
  await mirrorRecord(record, otherMembers(peer.network), signal)
  for (const id of moved) {
    await store.delete(id)
    done('moved')
  }
}

/** Stores a shard on another node, and notes it in the row of its stripe. */
async function copyShard(
  object: StoredObject,
  id: Uint8Array,
  row: (StoredShard | undefined)[],
  { store, peer, signal }: Departure,
): Promise<DepartureOutcome> {
  const { selfId } = peer.network
  const { number: stripe, index } = parseShardId(id)
  const { objectId, runId, deleteAfterMs } = object.manifest
  const body = await bodyOf(object, id, { store, peer, signal })
  if (body === undefined) return store.stat(id) === undefined ? 'moved' : 'lost'
  const others = [...row.entries()].filter(([place, shard]) => place !== index && shard && shard.peerId !== selfId)
  const placed = new Map(others as [number, StoredShard][])
  const upload = {
    objectId,
    runId,
    stripe,
    deleteAfterMs,
    durability: 'durable' as const,
    requiredShards: 1,
    shards: new Map([[index, body]]),
    ...placeShards(peer.network, { objectId, stripe, geometry: object.coding.parity }, placed, new Set([selfId])),
  }
  const { stored } = await uploadStripe(upload, peer.network, peer.clock, signal)
  const shard = stored.get(index)
  if (shard === undefined) return 'no-node'
  row[index] = shard
  return 'moved'
}

/** What is damaged here is made anew; undefined when that can't be, or it has gone. */
async function bodyOf(
  object: StoredObject,
  id: Uint8Array,
  { store, peer, signal }: Omit<Departure, 'done'>,
): Promise<Uint8Array | undefined> {
  try {
    return await store.get(id)
  } catch (failure) {
    if (!(failure instanceof CodedError)) throw failure
    const { number: stripe, index } = parseShardId(id)
    const rebuilt = await rebuildShard(object, stripe, index, peer, signal).catch(ignoreCoded)
    signal.throwIfAborted()
    return rebuilt
  }
}

/** Has a record mirrored on as many other nodes as it should be on, then deletes it here. */
async function moveRecord(object: StoredObject, id: Uint8Array, departure: Departure): Promise<void> {
  const { kind, number: page } = parseShardId(id)
  const { runId, deleteAfterMs } = object.manifest
  if (kind === 'locationPage') {
    const newest = await object.newestLocationPage(page)
    return mirror(id, locationRecord(object, page, newest.encode()), departure)
  }
  const bytes = await recordBytes(object, id, departure)
  if (bytes === undefined) return departure.done('lost')
  const { recordCopies: copies } = object
  await mirror(id, { id, runId, bytes, kind: 'fixed', deleteAfterMs, copies, requiredCopies: 1 }, departure)
}

/** What is here is believed first; of what is damaged here, what the others have. */
async function recordBytes(
  object: StoredObject,
  id: Uint8Array,
  { store }: Departure,
): Promise<Uint8Array | undefined> {
  const { kind, number: page } = parseShardId(id)
  const own = await store.get(id).catch(ignoreCoded)
  if (own !== undefined) return own
  if (kind === 'manifest') return object.record
  return kind === 'hashPage' ? object.hashPage(page).catch(ignoreCoded) : undefined
}

function locationRecord(object: StoredObject, page: number, bytes: Uint8Array) {
  const { objectId, runId, deleteAfterMs } = object.manifest
  const id = shardId(objectId, 'locationPage', page)
  const { recordCopies: copies } = object
  return { id, runId, bytes, kind: 'location' as const, deleteAfterMs, copies, requiredCopies: 1 }
}

/** Nobody can say where it belongs: any other node will do that holds nothing else of its stripe. */
async function moveStray(id: Uint8Array, departure: Departure): Promise<void> {
  const { store, peer, signal, done } = departure
  const { objectId, number: stripe } = parseShardId(id)
  const [bytes, runId] = await Promise.all([store.get(id), store.runOf(id)]).catch(() => [undefined, undefined])
  const deleteAfterMs = store.stat(id)?.deleteAfterMs
  if (bytes === undefined || runId === undefined || deleteAfterMs === undefined) {
    if (store.stat(id) !== undefined) done('lost')
    return
  }
  const siblings = await findShards({ objectId, stripe, totalShards: mostShards }, peer.network, signal)
  const taken = new Set(siblings.map(({ peerId }) => peerId))
  const others = otherMembers(peer.network)
  const free = { ...others, holders: (key: Uint8Array) => others.holders(key).filter((peerId) => !taken.has(peerId)) }
  const record = { id, runId, bytes, kind: 'fixed' as const, deleteAfterMs, copies: 1, requiredCopies: 1 }
  await mirror(id, record, departure, free)
}

async function mirror(
  id: Uint8Array,
  record: Parameters<typeof mirrorRecord>[0],
  { store, peer, signal, done }: Departure,
  members = otherMembers(peer.network),
): Promise<void> {
  const up = new Set(peer.network.storageMembers().flatMap((one) => (one.availability === 'up' ? [one.peerId] : [])))
  const possible = members.holders(id).filter((peerId) => up.has(peerId)).length
  const holders = await mirrorRecord(record, members, signal).catch(ignoreCoded)
  signal.throwIfAborted()
  // No fewer copies than there were to be, unless there are no nodes for more.
  if (holders === undefined || holders.length < Math.min(record.copies, possible)) return done('no-node')
  await store.delete(id)
  done('moved')
}

function ignoreCoded(failure: unknown): undefined {
  if (!(failure instanceof CodedError)) throw failure
}
