/** Finding what members hold: records by their ranking, shards that are not where they should be. */
import { maximumIdsPerRequest, shardStat } from '../messages/shard-messages.ts'
import type { Network } from '../network.ts'
import type { StoredShard } from '../object/location-page.ts'
import { shardId } from '../object/shard-id.ts'
import type { Peer } from '../peer.ts'
import type { Source } from '../transfer/download.ts'
import { inWindow } from '../transfer/window.ts'
import { RecordSearch } from './record-search.ts'

const stripesAtOnce = 16
const timeoutMs = 5_000

/** What a search needs of the peer it runs on. */
type SearchTools = Pick<Peer, 'network' | 'clock' | 'pace'>

/**
 * The first record under `id` that `accept` takes, from whichever member has it.
 * @throws SearchError OBJECT_NOT_FOUND when every member was asked, OBJECT_UNREACHABLE when some could not be
 */
export function findRecord<T>(
  id: Uint8Array,
  accept: (record: Uint8Array) => T | undefined,
  tools: SearchTools,
  signal: AbortSignal,
): Promise<T> {
  return new RecordSearch(id, accept, tools, signal).run()
}

/**
 * The record with the highest revision among all that the members hold.
 * @throws SearchError like {@link findRecord}
 */
export async function findNewest<T extends { readonly revision: number }>(
  id: Uint8Array,
  accept: (record: Uint8Array) => T | undefined,
  tools: SearchTools,
  signal: AbortSignal,
): Promise<T> {
  let newest: T | undefined
  const compare = (record: Uint8Array): undefined => {
    const candidate = accept(record)
    if (candidate !== undefined && (newest === undefined || candidate.revision > newest.revision)) newest = candidate
  }
  try {
    await findRecord(id, compare, tools, signal)
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
export function findShards(
  { objectId, stripe, totalShards }: { objectId: Uint8Array; stripe: number; totalShards: number },
  network: Pick<Network, 'call' | 'storageMembers'>,
  signal: AbortSignal,
): Promise<FoundShard[]> {
  const ids = Array.from({ length: totalShards }, (_, index) => shardId(objectId, 'shard', stripe, index))
  return findHeld(ids, network, signal)
}

/** What members that answer hold of the ids; the index is that of the id. */
export async function findHeld(
  ids: readonly Uint8Array[],
  network: Pick<Network, 'call' | 'storageMembers'>,
  signal: AbortSignal,
): Promise<FoundShard[]> {
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
