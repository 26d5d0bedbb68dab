/**
 * What peers ask of a storing node. Each entry is the head of one request or reply; bodies travel raw beside it. Every head
 * is checked against its schema on arrival, on both sides.
 */
import * as v from 'valibot'
import { count, fixedBytes } from '../encoding/record.ts'
import { maximumShardBytes, runIdBytes, shardIdBytes } from '../ports/shard-store.ts'
import { failureSchema } from '../protocol/failure.ts'

const uint32 = v.pipe(count, v.maxValue(0xffff_ffff))
const shardLength = v.pipe(count, v.maxValue(maximumShardBytes))
const id = fixedBytes(shardIdBytes)
const peerId = v.pipe(v.string(), v.minLength(1), v.maxLength(128))

/** Ids in one request; a reply entry is below 200 B, which keeps both heads below 64 KiB. */
export const maximumIdsPerRequest = 256
const ids = v.pipe(v.array(id), v.maxLength(maximumIdsPerRequest))

const locationSchema = v.strictObject({
  unit: v.pipe(v.string(), v.maxLength(128)),
  segment: uint32,
  offsetBytes: count,
  lengthBytes: shardLength,
  checksum: uint32,
  deleteAfterMs: count,
})

/**
 * Stores the body as a shard: → its location. Refused with SHARD_CONFLICT when the id holds something else, with
 * RUN_DISCARDED when shards of the run were deleted lately, and, if it is to be `alone`, with STRIPE_HELD when the node holds
 * another shard of the stripe.
 */
export const shardPut = {
  method: 'shard.put',
  request: v.strictObject({
    id,
    run: fixedBytes(runIdBytes),
    checksum: uint32,
    deleteAfterMs: count,
    durability: v.picklist(['durable', 'memory']),
    alone: v.optional(v.literal(true)),
  }),
  reply: locationSchema,
} as const

/**
 * Has the body stored as a shard by another storage node, which the writer has no good way to: → its location, and
 * where that is. A node that is asked for it passes the body on as a `shard.put` of its own and keeps nothing.
 * FORWARD_REFUSED when it knows no such other node, OVERLOADED when it passes on too much already; else what the other
 * one says.
 */
export const shardForward = {
  method: 'shard.forward',
  request: v.strictObject({ ...shardPut.request.entries, to: peerId }),
  reply: v.strictObject({ ...locationSchema.entries, holder: peerId }),
} as const

/** Stores the body as a location page, in place of one with a lower revision; RECORD_STALE otherwise. */
export const locationPut = {
  method: 'location.put',
  request: v.strictObject({ id, run: fixedBytes(runIdBytes), checksum: uint32, deleteAfterMs: count }),
  reply: locationSchema,
} as const

/** → the shard as the reply's body, or SHARD_NOT_FOUND. */
export const shardGet = {
  method: 'shard.get',
  request: v.strictObject({
    id,
    range: v.optional(v.strictObject({ offsetBytes: count, lengthBytes: shardLength })),
  }),
  reply: v.strictObject({}),
} as const

/** Longest shard of which many travel in one message. */
export const smallShardBytes = 32 << 10
/** As many as fit in a body, however long each is. */
export const maximumSmallShards = maximumShardBytes / smallShardBytes
const smallLength = v.pipe(count, v.maxValue(smallShardBytes))
const few = <Item extends v.GenericSchema>(item: Item) => v.pipe(v.array(item), v.maxLength(maximumSmallShards))

/**
 * Stores small shards, which the body holds one after the other, each as with a durable `shard.put`: → for each its location,
 * or why it was not stored.
 */
export const shardsPut = {
  method: 'shards.put',
  request: v.strictObject({
    shards: few(
      v.strictObject({
        id,
        run: fixedBytes(runIdBytes),
        checksum: uint32,
        deleteAfterMs: count,
        lengthBytes: smallLength,
      }),
    ),
  }),
  reply: v.strictObject({ shards: few(v.union([locationSchema, failureSchema])) }),
} as const

/**
 * → small shards, one after the other in the reply's body; for each its length, or why it isn't there: SHARD_NOT_FOUND,
 * SHARD_LONG when it has to be asked for by `shard.get`, or what a store says.
 */
export const shardsGet = {
  method: 'shards.get',
  request: v.strictObject({ ids: few(id) }),
  reply: v.strictObject({ shards: few(v.union([smallLength, failureSchema])) }),
} as const

/** → for each id whether the node holds it, by its index alone. */
export const shardStat = {
  method: 'shard.stat',
  request: v.strictObject({ ids }),
  reply: v.strictObject({ shards: v.pipe(v.array(v.nullable(locationSchema)), v.maxLength(maximumIdsPerRequest)) }),
} as const

/** → for each id the SHA-256 of what the node reads back now; null when it is absent, `damaged` when it can't be read. */
export const shardCheck = {
  method: 'shard.check',
  request: v.strictObject({ ids }),
  reply: v.strictObject({
    shards: v.pipe(
      v.array(v.nullable(v.union([fixedBytes(32), v.literal('damaged')]))),
      v.maxLength(maximumIdsPerRequest),
    ),
  }),
} as const

/** Deletes those of the ids that the key's encode run wrote: → how many. */
export const shardDelete = {
  method: 'shard.delete',
  request: v.strictObject({ ids, deleteKey: fixedBytes(32) }),
  reply: v.strictObject({ deleted: count }),
} as const
