import type { StoredObject } from '../catalog/stored-object.ts'
import { shardCheck } from '../messages/shard-messages.ts'
import { sha256 } from '../object/manifest.ts'
import { shardId } from '../object/shard-id.ts'
import type { Peer } from '../peer.ts'
import { inWindow } from '../transfer/window.ts'

/** Copies of an object's manifest on the members that answered. */
export interface CopyCount {
  readonly good: number
  /** Damaged, or something else. */
  readonly wrong: number
}

const requestsAtOnce = 8
const timeoutMs = 30_000

/** Has every member read what it holds of the manifest, and answer with its hash. */
export async function checkCopies(object: StoredObject, peer: Peer, signal: AbortSignal): Promise<CopyCount> {
  const ids = [shardId(object.manifest.objectId, 'manifest')]
  const expected = sha256(object.record)
  const ask = async (peerId: string, stop: AbortSignal): Promise<Uint8Array | 'damaged' | null | undefined> => {
    const options = { signal: AbortSignal.any([signal, stop]), timeoutMs }
    const reply = await peer.network.call(peerId, shardCheck, { ids }, options).catch(() => undefined)
    return reply?.head.shards[0]
  }
  const members = peer.network.storageMembers().filter(({ availability }) => availability !== 'down')
  let good = 0
  let wrong = 0
  const peerIds = members.map(({ peerId }) => peerId)
  for await (const answer of inWindow(peerIds, requestsAtOnce, ask)) {
    if (answer instanceof Uint8Array && Buffer.compare(answer, expected) === 0) good += 1
    else if (answer != null) wrong += 1
  }
  signal.throwIfAborted()
  return { good, wrong }
}
