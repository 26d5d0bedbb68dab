import * as v from 'valibot'
import { count } from '../encoding/record.ts'
import type { ShardLocation } from '../ports/shard-store.ts'
import { endOfOrder } from './order.ts'

/** Damaged shards that are listed; there may be more. */
export const maximumListed = 1_000
/** Of these, as many are told at a time; 200 B each. */
export const mostTold = 100

export const damagedShard = v.strictObject({
  /** 48 hexadecimal digits. */
  id: v.pipe(v.string(), v.regex(/^[0-9a-f]{48}$/)),
  unit: v.pipe(v.string(), v.maxLength(128)),
  segment: count,
  offsetBytes: count,
  foundMs: count,
})

/** How far a scrub is: all that it has to know after a restart. */
export const scrubState = v.strictObject({
  /** Of the pass's order; see order.ts. */
  key: v.pipe(count, v.maxValue(endOfOrder - 1)),
  /** All before it has been read in this pass. */
  position: v.pipe(count, v.maxValue(endOfOrder)),
  startedMs: count,
  checkedShards: count,
  checkedBytes: count,
  /** Shards that the disk did not let be read. */
  unreadableShards: count,
  /** When the last whole pass was over; null: never yet. */
  completedMs: v.nullable(count),
  damaged: v.pipe(v.array(damagedShard), v.maxLength(maximumListed)),
})

export type ScrubState = v.InferOutput<typeof scrubState>
export type DamagedShard = ScrubState['damaged'][number]

export function newPass(key: number, startedMs: number, last?: ScrubState): ScrubState {
  const { completedMs = null, damaged = [] } = last ?? {}
  return { key, position: 0, startedMs, checkedShards: 0, checkedBytes: 0, unreadableShards: 0, completedMs, damaged }
}

/** Whether what was found is still what the store holds; a shard that was stored again, or deleted, is not. */
export function isStillThere(shard: DamagedShard, location: ShardLocation | undefined): boolean {
  return (
    location?.unit === shard.unit && location.segment === shard.segment && location.offsetBytes === shard.offsetBytes
  )
}
