/**
 * What a node holds, or is to give away, object by object, so that what is known of an object is looked up once. The ids are gone
 * over in windows of the order in which the scrub puts them, here of object ids: no more than a window's are in memory at a
 * time. Each node has an order of its own, or all would come to the same object at the same time.
 */
import { parseShardId } from '../object/shard-id.ts'
import { endOfOrder, positionOf, windowEnd } from '../scrub/order.ts'

export interface HeldObject {
  readonly objectId: Uint8Array
  /** Shards and records of it. */
  readonly ids: readonly Uint8Array[]
}

/**
 * @param ids asked for anew for each window: all that there is at that moment
 * @param count about how many
 * @param key of the order
 * @param pass called with the part of all that is behind
 */
export function* heldObjects(
  ids: () => Iterable<Uint8Array>,
  count: number,
  key: number,
  pass: (progress: number) => void = () => {},
): Generator<HeldObject> {
  for (let start = 0; start < endOfOrder; ) {
    const end = windowEnd(start, count)
    yield* objectsWithin(ids(), key, start, end)
    start = end
    pass(start / endOfOrder)
  }
}

function objectsWithin(ids: Iterable<Uint8Array>, orderKey: number, start: number, end: number): Iterable<HeldObject> {
  const objects = new Map<string, { objectId: Uint8Array; ids: Uint8Array[] }>()
  for (const id of ids) {
    const { objectId } = parseShardId(id)
    const position = positionOf(objectId, orderKey)
    if (position < start || position >= end) continue
    const key = Buffer.from(objectId).toString('latin1')
    const object = objects.get(key) ?? { objectId: objectId.slice(), ids: [] }
    objects.set(key, object)
    object.ids.push(id.slice())
  }
  return objects.values()
}
