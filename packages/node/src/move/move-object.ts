/**
 * Moves what a node holds of one object to other nodes, while it is read. A storage node has no capability, and needs none:
 * the manifest, which any node can fetch, tells the scheme, and so where a shard may go; the shard itself is ciphertext.
 *
 * A shard is durable on its new node, and the page that says where it is has been replaced, before it is deleted here. So
 * a crash at any moment leaves one copy or two, and a reader with the old page finds the shard here, or, later, by asking for
 * it by its id. When it is stopped, it still puts down where those are that have been copied. What can't go now stays, and is
 * tried again.
 */
import { rebuildShard } from '../care/rebuild-shard.ts'
import { mirrorRecord } from '../catalog/mirror-record.ts'
import { findShards } from '../catalog/search.ts'
import type { StoredObject } from '../catalog/stored-object.ts'
import { updateLocations } from '../catalog/update-locations.ts'
import { CodedError } from '../coded-error.ts'
import type { Network } from '../network.ts'
import type { LocationPage, StoredShard } from '../object/location-page.ts'
import { mostShards, parseShardId } from '../object/shard-id.ts'
import { never } from '../on-abort.ts'
import type { Peer } from '../peer.ts'
import type { ShardStore } from '../ports/shard-store.ts'
import { placeShards, type StripeNodes } from '../transfer/place-stripe.ts'
import { uploadStripe } from '../transfer/upload.ts'
import { inWindow } from '../transfer/window.ts'
import type { HeldObject } from './held-objects.ts'
import { ignoreCoded, openHeld } from './open-held.ts'
import { otherMembers } from './other-members.ts'

/**
 * - `moved`: another node holds it, and this one does not any more.
 * - `no-node`: no other node takes it now.
 * - `lost`: it is damaged here, and can't be made anew from the others now.
 */
export type MoveOutcome = 'moved' | 'no-node' | 'lost'

export interface Moving {
  readonly store: ShardStore
  readonly peer: Peer
  readonly signal: AbortSignal
  readonly done: (outcome: MoveOutcome, bytes: number) => void
  /** The node that a shard is to go to, and no other; undefined: to any that suits. Default: any. */
  readonly nodeFor?: (id: Uint8Array) => string | undefined
  /** Resolves when so many bytes may be moved. Default: at once. */
  readonly pace?: (bytes: number) => Promise<void>
}

/** Shards of an object under way at once. */
const shardsAtOnce = 8

/** @throws the signal's reason when aborted */
export async function moveObject(held: HeldObject, moving: Moving): Promise<void> {
  const { ids } = held
  // Where shards were moved is put down even when the moving is stopped.
  const object = await openHeld(held, moving.store, moving.peer, never)
  if (object === undefined) {
    for (const id of ids) await moveStray(id, moving)
    return
  }
  const pageOf = (id: Uint8Array): number => Math.floor(parseShardId(id).number / object.stripesPerPage)
  const shards = ids.filter((id) => parseShardId(id).kind === 'shard')
  for (const page of new Set(shards.map(pageOf))) {
    await moveShards(
      object,
      page,
      shards.filter((id) => pageOf(id) === page),
      moving,
    )
  }
  for (const id of ids) if (parseShardId(id).kind !== 'shard') await moveRecord(object, id, moving)
}

/** Moves shards of one page of stripes. */
async function moveShards(
  object: StoredObject,
  page: number,
  ids: readonly Uint8Array[],
  moving: Moving,
): Promise<void> {
  const locations = await object.newestLocationPage(page)
  const copied: Copied[] = []
  const copy = async (id: Uint8Array): Promise<void> => {
    const row = locations.stripes[parseShardId(id).number % object.stripesPerPage]
    const outcome = row === undefined ? 'lost' : await copyShard(object, id, row, moving)
    if (typeof outcome === 'string') moving.done(outcome, 0)
    else copied.push({ id, shard: outcome })
  }
  try {
    for await (const _ of inWindow(ids, shardsAtOnce, copy));
  } finally {
    await noteMoved(object, page, copied, moving)
  }
}

interface Copied {
  readonly id: Uint8Array
  /** Undefined when it has gone from here meanwhile. */
  readonly shard: StoredShard | undefined
}

/** Has it put down where copied shards are now, then deletes them here. */
async function noteMoved(
  object: StoredObject,
  page: number,
  copied: readonly Copied[],
  { store, peer, done }: Moving,
): Promise<void> {
  if (copied.length === 0) return
  const change = (newest: LocationPage): boolean => {
    for (const { id, shard } of copied) {
      const { number: stripe, index } = parseShardId(id)
      const row = newest.stripes[stripe % object.stripesPerPage]
      if (row !== undefined && shard !== undefined) row[index] = shard
    }
    return true
  }
  const update = { object, page, change, members: otherMembers(peer.network), requiredCopies: 1 }
  await updateLocations(update, peer, never)
  for (const { id } of copied) {
    const { lengthBytes = 0 } = store.stat(id) ?? {}
    await store.delete(id)
    done('moved', lengthBytes)
  }
}

/** Stores a shard on another node. @returns where it is there; undefined when it has gone from here meanwhile */
async function copyShard(
  object: StoredObject,
  id: Uint8Array,
  row: (StoredShard | undefined)[],
  moving: Moving,
): Promise<StoredShard | undefined | Exclude<MoveOutcome, 'moved'>> {
  const { store, peer, signal, pace } = moving
  const { number: stripe, index } = parseShardId(id)
  const { objectId, runId, deleteAfterMs } = object.manifest
  await pace?.(store.stat(id)?.lengthBytes ?? 0)
  const body = await bodyOf(object, id, moving)
  if (body === undefined) return store.stat(id) === undefined ? undefined : 'lost'
  const upload = {
    objectId,
    runId,
    stripe,
    deleteAfterMs,
    durability: 'durable' as const,
    requiredShards: 1,
    isAlone: true,
    shards: new Map([[index, body]]),
    ...nodesFor(object, id, row, moving),
  }
  const { stored } = await uploadStripe(upload, peer.network, peer.clock, signal)
  const shard = stored.get(index)
  if (shard !== undefined) row[index] = shard
  return shard ?? 'no-node'
}

function nodesFor(
  object: StoredObject,
  id: Uint8Array,
  row: readonly (StoredShard | undefined)[],
  { peer, nodeFor }: Moving,
): StripeNodes {
  const { selfId } = peer.network
  const { objectId, number: stripe, index } = parseShardId(id)
  const node = nodeFor?.(id)
  if (node !== undefined) return { nodes: new Map([[index, node]]), substitute: () => undefined }
  const others = [...row.entries()].filter(([place, shard]) => place !== index && shard && shard.peerId !== selfId)
  const placed = new Map(others as [number, StoredShard][])
  return placeShards(peer.network, { objectId, stripe, geometry: object.coding.parity }, placed, new Set([selfId]))
}

/** What is damaged here is made anew; undefined when that can't be, or it has gone. */
async function bodyOf(
  object: StoredObject,
  id: Uint8Array,
  { store, peer, signal }: Pick<Moving, 'store' | 'peer' | 'signal'>,
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
async function moveRecord(object: StoredObject, id: Uint8Array, moving: Moving): Promise<void> {
  const { kind, number: page } = parseShardId(id)
  const { runId, deleteAfterMs } = object.manifest
  if (kind === 'locationPage') {
    const members = otherMembers(moving.peer.network)
    const update = { object, page, change: () => false, members, requiredCopies: 1 }
    return settle(id, object.recordCopies, updateLocations(update, moving.peer, moving.signal), moving, members)
  }
  const bytes = await recordBytes(object, id, moving)
  if (bytes === undefined) return moving.done('lost', 0)
  const { recordCopies: copies } = object
  await mirror(id, { id, runId, bytes, kind: 'fixed', deleteAfterMs, copies, requiredCopies: 1 }, moving)
}

/** What is here is believed first; of what is damaged here, what the others have. */
async function recordBytes(object: StoredObject, id: Uint8Array, { store }: Moving): Promise<Uint8Array | undefined> {
  const { kind, number: page } = parseShardId(id)
  const own = await store.get(id).catch(ignoreCoded)
  if (own !== undefined) return own
  if (kind === 'manifest') return object.record
  return kind === 'hashPage' ? object.hashPage(page).catch(ignoreCoded) : undefined
}

/** Nobody can say where it belongs: any other node will do that holds nothing else of its stripe. */
async function moveStray(id: Uint8Array, moving: Moving): Promise<void> {
  const { store, peer, signal, done } = moving
  const { objectId, number: stripe } = parseShardId(id)
  const [bytes, runId] = await Promise.all([store.get(id), store.runOf(id)]).catch(() => [undefined, undefined])
  const deleteAfterMs = store.stat(id)?.deleteAfterMs
  if (bytes === undefined || runId === undefined || deleteAfterMs === undefined) {
    if (store.stat(id) !== undefined) done('lost', 0)
    return
  }
  const siblings = await findShards({ objectId, stripe, totalShards: mostShards }, peer.network, signal)
  const taken = new Set(siblings.map(({ peerId }) => peerId))
  const others = otherMembers(peer.network)
  const free = { ...others, holders: (key: Uint8Array) => others.holders(key).filter((peerId) => !taken.has(peerId)) }
  const record = { id, runId, bytes, kind: 'fixed' as const, deleteAfterMs, copies: 1, requiredCopies: 1 }
  await mirror(id, record, moving, free)
}

async function mirror(
  id: Uint8Array,
  record: Parameters<typeof mirrorRecord>[0],
  moving: Moving,
  members = otherMembers(moving.peer.network),
): Promise<void> {
  await settle(id, record.copies, mirrorRecord(record, members, moving.signal), moving, members)
}

/** Deletes a record here once there are copies of it elsewhere: no fewer than there were to be, unless there are no nodes for more. */
async function settle(
  id: Uint8Array,
  copies: number,
  mirrored: Promise<string[]>,
  { store, peer, signal, done }: Moving,
  members: Pick<Network, 'holders'>,
): Promise<void> {
  const up = new Set(peer.network.storageMembers().flatMap((one) => (one.availability === 'up' ? [one.peerId] : [])))
  const possible = members.holders(id).filter((peerId) => up.has(peerId)).length
  const holders = await mirrored.catch(ignoreCoded)
  signal.throwIfAborted()
  if (holders === undefined || holders.length < Math.min(copies, possible)) return done('no-node', 0)
  const { lengthBytes = 0 } = store.stat(id) ?? {}
  await store.delete(id)
  done('moved', lengthBytes)
}
