/**
 * Sends the shards of one stripe to their nodes, all at once. A node that fails, or that no way leads to, is replaced
 * by a substitute, so that no two shards of a stripe are ever on one node. Done when every shard is acknowledged; once
 * enough of them are for the wanted level, the rest get a moment of grace and are then given up (repair makes up for
 * them).
 */
import { crc32 } from 'node:zlib'
import { CodedError } from '../coded-error.ts'
import type { StoredShard } from '../object/location-page.ts'
import { shardId } from '../object/shard-id.ts'
import type { Clock, Timer } from '../ports/clock.ts'
import type { Durability } from './acknowledgement.ts'
import { type OutgoingShard, type ShardNetwork, sendShard } from './send-shard.ts'
import { Siblings } from './siblings.ts'

export class UploadError extends CodedError<'TOO_FEW_NODES'> {}

export interface StripeUpload {
  readonly objectId: Uint8Array
  readonly runId: Uint8Array
  readonly stripe: number
  readonly deleteAfterMs: number
  readonly durability: Durability
  /** Acknowledgements that are enough: once they are there the rest get little time, once they can't be there none. */
  readonly requiredShards: number
  /** Refused by nodes that hold another shard of the stripe. Default: the writer knows where all of them are. */
  readonly isAlone?: boolean
  /** The shards to store, by their index in the stripe; the others stay where they are. */
  readonly shards: ReadonlyMap<number, Uint8Array>
  /** First choice for each of the shards; some may have none. */
  readonly nodes: ReadonlyMap<number, string>
  /** Another node for a shard; undefined when there is none left. */
  readonly substitute: (shard: number) => string | undefined
  /** Nodes that hold other shards of the stripe already. Default: none. */
  readonly siblings?: readonly string[]
}

/** How long the slowest may take once enough have acknowledged. */
const graceMs = 500

export interface UploadedStripe {
  /** Where each shard is, by index; those given up are missing. */
  readonly stored: ReadonlyMap<number, StoredShard>
  /** How many of them were passed on by the node of another. */
  readonly passedOn: number
  /** Why shards had to go elsewhere or were given up. */
  readonly failures: readonly unknown[]
}

/** @throws the signal's reason when aborted */
export async function uploadStripe(
  upload: StripeUpload,
  network: ShardNetwork,
  clock: Clock,
  signal: AbortSignal,
): Promise<UploadedStripe> {
  const stored = new Map<number, StoredShard>()
  const failures: unknown[] = []
  const giveUp = new AbortController()
  const stop = AbortSignal.any([signal, giveUp.signal])
  const canPassOn = (peerId: string): boolean => peerId !== network.selfId && !network.isPoorWay(peerId)
  const siblings = new Siblings(upload.shards.size, upload.siblings?.filter(canPassOn))
  let passedOn = 0
  let lostShards = 0
  let grace: Timer | undefined

  const { nodes, substitute } = upload
  const store = async (index: number, bytes: Uint8Array): Promise<void> => {
    const shard = outgoing(upload, index, bytes)
    for (let peerId = nodes.get(index) ?? substitute(index); peerId !== undefined; peerId = substitute(index)) {
      try {
        const sent = await sendShard(shard, peerId, siblings, network, stop)
        stored.set(index, sent.stored)
        if (sent.passedOnBy !== undefined) passedOn += 1
        else if (canPassOn(peerId)) siblings.acknowledge(peerId)
        return
      } catch (failure) {
        failures.push(failure)
        if (stop.aborted) break
      }
    }
    lostShards += 1
  }
  const tasks = [...upload.shards].map(async ([index, bytes]) => {
    await store(index, bytes)
    siblings.leave()
    if (stored.size >= upload.requiredShards) grace ??= clock.setTimer(graceMs, () => giveUp.abort())
    if (upload.shards.size - lostShards < upload.requiredShards) giveUp.abort()
  })
  await Promise.all(tasks)
  grace?.cancel()
  signal.throwIfAborted()
  return { stored, passedOn, failures }
}

export function tooFewStored(
  stripe: number,
  storedCount: number,
  required: number,
  failures: readonly unknown[],
): UploadError {
  const reasons = [
    ...new Set(failures.map((failure) => (failure instanceof Error ? failure.message : String(failure)))),
  ]
  const because = reasons.length === 0 ? 'no other nodes are up' : reasons.slice(0, 3).join('; ')
  return new UploadError(
    'TOO_FEW_NODES',
    `only ${storedCount} of the ${required} shards that stripe ${stripe} needs could be stored: ${because}`,
    { retryable: true, cause: failures.at(-1) },
  )
}

function outgoing(upload: StripeUpload, index: number, bytes: Uint8Array): OutgoingShard {
  const { objectId, runId, stripe, deleteAfterMs, durability, isAlone = false } = upload
  const id = shardId(objectId, 'shard', stripe, index)
  return { id, runId, index, bytes, checksum: crc32(bytes), deleteAfterMs, durability, isAlone }
}
