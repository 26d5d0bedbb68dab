/**
 * Small records (manifests, hash pages, location pages) are mirrored on the nodes that come first when all storage members
 * are ranked by the record's id (highest random weight, Thaler and Ravishankar 1998). Anyone who knows the id and the
 * members finds them in that order, without being told; when members have come and gone since, further down the list.
 */
import { rank } from '@p2pstore/placement'
import { CodedError } from '../coded-error.ts'
import { maximumIdsPerRequest, shardGet, shardStat } from '../messages/shard-messages.ts'
import type { Network } from '../network.ts'
import type { StoredShard } from '../object/location-page.ts'
import { shardId } from '../object/shard-id.ts'
import type { Source } from '../transfer/download.ts'
import { inWindow } from '../transfer/window.ts'

export class SearchError extends CodedError<'OBJECT_NOT_FOUND' | 'OBJECT_UNREACHABLE'> {}

const recordsAtOnce = 3
const stripesAtOnce = 16
const timeoutMs = 5_000

/** Storage members in the order in which they should hold a record; those that are not up come last. */
export function rankHolders(id: Uint8Array, network: Pick<Network, 'storageMembers'>): string[] {
  const members = network.storageMembers()
  const up = new Set(members.filter((member) => member.availability === 'up').map((member) => member.peerId))
  const ranked = rank(
    id,
    members.map((member) => member.peerId),
  )
  return [...ranked.filter((peerId) => up.has(peerId)), ...ranked.filter((peerId) => !up.has(peerId))]
}

/**
 * The first record under `id` that `accept` takes, from whichever member has it.
 * @throws SearchError OBJECT_NOT_FOUND when every member was asked, OBJECT_UNREACHABLE when some could not be
 */
export async function findRecord<T>(
  id: Uint8Array,
  accept: (record: Uint8Array) => T | undefined,
  network: Pick<Network, 'call' | 'storageMembers' | 'strangers'>,
  signal: AbortSignal,
): Promise<T> {
  let unreachable = 0
  const ask = async (peerId: string, stop: AbortSignal): Promise<T | undefined> => {
    try {
      const either = AbortSignal.any([signal, stop])
      const { body } = await network.call(peerId, shardGet, { id }, { signal: either, timeoutMs, lane: 'bulk' })
      return accept(body.subarray())
    } catch (failure) {
      signal.throwIfAborted()
      if (!isAbsent(failure)) unreachable += 1
      return undefined
    }
  }
  const holders = [...rankHolders(id, network), ...network.strangers()]
  for await (const found of inWindow(holders, recordsAtOnce, ask)) {
    if (found !== undefined) return found
  }
  signal.throwIfAborted()
  throw unreachable === 0
    ? new SearchError('OBJECT_NOT_FOUND', 'no node of this network knows the object; it was deleted or never stored')
    : new SearchError(
        'OBJECT_UNREACHABLE',
        `the object was not found, but ${unreachable} of ${holders.length} storage nodes did not answer; try again when they are back`,
        { retryable: true },
      )
}

/**
 * The record with the highest revision among all that the members hold.
 * @throws SearchError like {@link findRecord}
 */
export async function findNewest<T extends { readonly revision: number }>(
  id: Uint8Array,
  accept: (record: Uint8Array) => T | undefined,
  network: Pick<Network, 'call' | 'storageMembers' | 'strangers'>,
  signal: AbortSignal,
): Promise<T> {
  let newest: T | undefined
  const compare = (record: Uint8Array): undefined => {
    const candidate = accept(record)
    if (candidate !== undefined && (newest === undefined || candidate.revision > newest.revision)) newest = candidate
  }
  try {
    await findRecord(id, compare, network, signal)
  } catch (failure) {
    if (newest === undefined) throw failure
  }
  return newest as T
}

/** A shard that a node says it holds, whether or not the location page names that node. */
export interface FoundShard extends Source {
  readonly stored: StoredShard
}

/** Every shard of the stripe on any member that answers. */
export async function findShards(
  stripe: { objectId: Uint8Array; stripe: number; totalShards: number },
  network: Pick<Network, 'call' | 'storageMembers'>,
  signal: AbortSignal,
): Promise<FoundShard[]> {
  const ids = Array.from({ length: stripe.totalShards }, (_, index) =>
    shardId(stripe.objectId, 'shard', stripe.stripe, index),
  )
  const members = network.storageMembers().filter((member) => member.availability !== 'down')
  const ask = async (peerId: string, stop: AbortSignal): Promise<FoundShard[]> => {
    const found: FoundShard[] = []
    for (let from = 0; from < ids.length; from += maximumIdsPerRequest) {
      const head = { ids: ids.slice(from, from + maximumIdsPerRequest) }
      const reply = await network
        .call(peerId, shardStat, head, { signal: AbortSignal.any([signal, stop]), timeoutMs })
        .catch(() => undefined)
      reply?.head.shards.forEach((shard, offset) => {
        if (shard !== null) found.push({ peerId, index: from + offset, stored: { peerId, ...shard } })
      })
    }
    return found
  }
  const sources: FoundShard[] = []
  const peerIds = members.map((member) => member.peerId)
  for await (const found of inWindow(peerIds, stripesAtOnce, ask)) sources.push(...found)
  signal.throwIfAborted()
  return sources
}

function isAbsent(failure: unknown): boolean {
  return failure instanceof CodedError && (failure.code === 'SHARD_NOT_FOUND' || failure.code === 'SHARD_CORRUPT')
}
