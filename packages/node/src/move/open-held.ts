import { SearchError } from '../catalog/record-search.ts'
import { openHeldObject, type StoredObject } from '../catalog/stored-object.ts'
import { CodedError } from '../coded-error.ts'
import type { Peer } from '../peer.ts'
import type { ShardStore } from '../ports/shard-store.ts'
import type { HeldObject } from './held-objects.ts'

/** Undefined when nobody knows the object: it is still being put, or was not deleted everywhere. */
export async function openHeld(
  { objectId, ids }: HeldObject,
  store: Pick<ShardStore, 'runOf'>,
  peer: Peer,
  signal: AbortSignal,
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

export function ignoreCoded(failure: unknown): undefined {
  if (!(failure instanceof CodedError)) throw failure
}
