/** What a storing node answers to shard messages. It sees ids, runs and ciphertext, and decides by these alone. */
import { CodedError } from '../coded-error.ts'
import { MessageError } from '../messages/message.ts'
import { locationPut, shardCheck, shardDelete, shardGet, shardPut, shardStat } from '../messages/shard-messages.ts'
import { runIdOf } from '../object/keys.ts'
import { locationRevision } from '../object/location-page.ts'
import { sha256 } from '../object/manifest.ts'
import { mostShards, parseShardId, shardId } from '../object/shard-id.ts'
import type { PutOptions, ShardLocation, ShardStore, ShardWrite } from '../ports/shard-store.ts'
import type { Handler } from '../protocol/handler.ts'
import { arrivals, departures } from '../slabs.ts'
import { DiscardedRuns, type RunMemory } from '../store/discarded-runs.ts'
import { handler } from './handler.ts'
import { ServeError } from './serve-error.ts'
import { smallShardHandlers } from './serve-small-shards.ts'

/**
 * @param runs which runs were discarded. Default: it is known until the process ends
 * @returns the handler of each shard message, by method
 */
export function shardHandlers(store: ShardStore, runs: RunMemory = new DiscardedRuns()): ReadonlyMap<string, Handler> {
  const updates = new UpdateQueues()
  const assertWanted = (runId: Uint8Array): void => {
    if (runs.isDiscarded(runId)) throw new ServeError('RUN_DISCARDED', 'the object this belongs to has been deleted')
  }
  const put = async (write: ShardWrite, options: PutOptions): Promise<ShardLocation> => {
    assertWanted(write.runId)
    const location = await store.put(write, options)
    if (runs.isDiscarded(write.runId)) await store.delete(write.id)
    assertWanted(write.runId)
    return locationHead(location)
  }
  return new Map<string, Handler>([
    handler(shardPut, async (head, { body, isBodyLent }) => {
      const { id, run: runId, checksum, deleteAfterMs, durability, alone = false } = head
      const putAndGiveBack = async () => {
        const location = await put({ id, runId, body, checksum, deleteAfterMs }, { durability })
        if (isBodyLent) arrivals.giveBack(body)
        return { head: location }
      }
      if (!alone) return putAndGiveBack()
      const { objectId, number: stripe } = parseShardId(id)
      return updates.next(shardId(objectId, 'shard', stripe), async () => {
        assertAlone(store, id)
        return putAndGiveBack()
      })
    }),
    handler(locationPut, async (head, { body }) => {
      const { id, run: runId, checksum, deleteAfterMs } = head
      return updates.next(id, async () => {
        await assertNewer(store, id, runId, body.subarray())
        return { head: await put({ id, runId, body, checksum, deleteAfterMs }, { ifPresent: 'replace' }) }
      })
    }),
    handler(shardGet, async ({ id, range }) => {
      const body = await store.get(id, range, (lengthBytes) => departures.take(lengthBytes))
      if (body === undefined) throw new ServeError('SHARD_NOT_FOUND', 'this node does not hold the shard')
      departures.handOut(body, body.length)
      return { head: {}, body }
    }),
    ...smallShardHandlers(store, (write) => put(write, {})),
    handler(shardStat, async ({ ids }) => ({
      head: { shards: ids.map((id) => store.stat(id)).map((status) => (status ? locationHead(status) : null)) },
    })),
    handler(shardCheck, async ({ ids }, { signal }) => {
      const shards: (Uint8Array | 'damaged' | null)[] = []
      for (const id of ids) {
        signal.throwIfAborted()
        shards.push(await checkShard(store, id))
      }
      return { head: { shards } }
    }),
    handler(shardDelete, async ({ ids, deleteKey }) => {
      const runId = runIdOf(deleteKey)
      await runs.discard(runId)
      let deleted = 0
      for (const id of ids) {
        if ((await isOfRun(store, id, runId)) && (await store.delete(id))) deleted += 1
      }
      return { head: { deleted } }
    }),
  ])
}

/** Nodes that move shards of one stripe at the same time know nothing of each other. @throws ServeError STRIPE_HELD */
function assertAlone(store: ShardStore, id: Uint8Array): void {
  const { objectId, number: stripe, index } = parseShardId(id)
  for (let other = 0; other < mostShards; other += 1) {
    if (other === index || store.stat(shardId(objectId, 'shard', stripe, other)) === undefined) continue
    throw new ServeError('STRIPE_HELD', 'this node holds another shard of the stripe')
  }
}

/** @throws ServeError RECORD_STALE, MessageError REQUEST_INVALID */
async function assertNewer(store: ShardStore, id: Uint8Array, runId: Uint8Array, record: Uint8Array): Promise<void> {
  const revision = locationRevision(record)
  if (revision === undefined || parseShardId(id).kind !== 'locationPage') {
    throw new MessageError('REQUEST_INVALID', `${locationPut.method}: the body is not a location page`)
  }
  if (store.stat(id) === undefined) return
  if (!(await isOfRun(store, id, runId))) throw stale('of another encode run')
  const present = await store.get(id).catch(() => undefined)
  const presentRevision = present === undefined ? 0 : (locationRevision(present) ?? 0)
  const isSame = present !== undefined && Buffer.compare(present, record) === 0
  if (revision <= presentRevision && !isSame) throw stale(`revision ${presentRevision}`)
}

/** False, too, when the node has no such shard, or can't tell any more who wrote it. */
async function isOfRun(store: ShardStore, id: Uint8Array, runId: Uint8Array): Promise<boolean> {
  try {
    const present = await store.runOf(id)
    return present !== undefined && Buffer.compare(present, runId) === 0
  } catch (failure) {
    if (failure instanceof CodedError && failure.code === 'SHARD_CORRUPT') return false
    throw failure
  }
}

function stale(present: string): ServeError {
  return new ServeError('RECORD_STALE', `this node holds a location page that is ${present}`)
}

async function checkShard(store: ShardStore, id: Uint8Array): Promise<Uint8Array | 'damaged' | null> {
  try {
    const body = await store.get(id)
    return body === undefined ? null : sha256(body)
  } catch (failure) {
    if (failure instanceof CodedError && failure.code === 'SHARD_CORRUPT') return 'damaged'
    throw failure
  }
}

/** Exactly the fields that travel. */
function locationHead({
  unit,
  segment,
  offsetBytes,
  lengthBytes,
  checksum,
  deleteAfterMs,
}: ShardLocation): ShardLocation {
  return { unit, segment, offsetBytes, lengthBytes, checksum, deleteAfterMs }
}

/** One update of a page, or of what is held of a stripe, after the other: looking and storing are one step. Others don't wait. */
class UpdateQueues {
  readonly #last = new Map<string, Promise<unknown>>()

  next<T>(id: Uint8Array, update: () => Promise<T>): Promise<T> {
    const key = Buffer.from(id).toString('latin1')
    const result = (this.#last.get(key) ?? Promise.resolve()).then(update)
    const settled = result
      .catch(() => {})
      .then(() => {
        if (this.#last.get(key) === settled) this.#last.delete(key)
      })
    this.#last.set(key, settled)
    return result
  }
}
