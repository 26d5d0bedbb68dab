/**
 * The id under which a node stores one thing that belongs to an object, 24 bytes, big-endian:
 *
 *   object id (16) ‖ kind (1) ‖ zero (1) ‖ index (2) ‖ number (4)
 *
 * `number` is the stripe of a shard, or the page of a hash page or location page; `index` is the shard's place in its stripe.
 */
const recordKinds = { shard: 0, manifest: 1, hashPage: 2, locationPage: 3 } as const

/** No scheme has more shards in a stripe. */
export const mostShards = 256

export type RecordKind = keyof typeof recordKinds

export function shardId(objectId: Uint8Array, kind: RecordKind, number = 0, index = 0): Uint8Array {
  const id = Buffer.alloc(24)
  id.set(objectId)
  id[16] = recordKinds[kind]
  id.writeUInt16BE(index, 18)
  id.writeUInt32BE(number, 20)
  return new Uint8Array(id.buffer, id.byteOffset, 24)
}

/** What an id names; the kind is undefined when this version doesn't know it. */
export function parseShardId(id: Uint8Array): {
  objectId: Uint8Array
  kind: RecordKind | undefined
  number: number
  index: number
} {
  const view = Buffer.from(id.buffer, id.byteOffset, id.byteLength)
  const kinds = Object.keys(recordKinds) as RecordKind[]
  return {
    objectId: id.subarray(0, 16),
    kind: kinds.find((kind) => recordKinds[kind] === id[16]),
    index: view.readUInt16BE(18),
    number: view.readUInt32BE(20),
  }
}
