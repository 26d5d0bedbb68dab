/**
 * What is to leave a node, object by object, so that what is known of an object is looked up once. The ids are gone over in
 * windows of the order in which the scrub puts them, here of object ids: no more than a window's are in memory at a time.
 */
import { parseShardId } from '../object/shard-id.ts'
import { endOfOrder, positionOf, windowEnd } from '../scrub/order.ts'

export interface DepartingObject {
  readonly objectId: Uint8Array
  /** Shards and records of it that are to leave. */
  readonly ids: readonly Uint8Array[]
}

/** @param ids asked for anew for each window: all that is to leave at that moment */
export function* departingObjects(ids: () => Iterable<Uint8Array>, count: number): Generator<DepartingObject> {
  for (let start = 0; start < endOfOrder; ) {
    const end = windowEnd(start, count)
    yield* objectsWithin(ids(), start, end)
    start = end
  }
}

function objectsWithin(ids: Iterable<Uint8Array>, start: number, end: number): Iterable<DepartingObject> {
  const objects = new Map<string, { objectId: Uint8Array; ids: Uint8Array[] }>()
  for (const id of ids) {
    const { objectId } = parseShardId(id)
    const position = positionOf(objectId, 0)
    if (position < start || position >= end) continue
    const key = Buffer.from(objectId).toString('latin1')
    const object = objects.get(key) ?? { objectId: objectId.slice(), ids: [] }
    objects.set(key, object)
    object.ids.push(id.slice())
  }
  return objects.values()
}
