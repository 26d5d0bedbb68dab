/** What nodes do to restore the rules of placement and balance: see rebalance/rebalance.ts. */
import * as v from 'valibot'
import { count } from '../encoding/record.ts'

/** Of those who are to get something, the ones named: the replies' heads stay below 64 KiB. */
export const mostTakers = 256

const amount = { shards: count, bytes: count }

const report = v.strictObject({
  state: v.picklist(['idle', 'planning', 'moving']),
  heldBytes: count,
  roomBytes: count,
  progress: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  planned: v.strictObject(amount),
  moved: v.strictObject(amount),
  misplacedShards: count,
  hinderedShards: count,
  takers: v.pipe(
    v.array(v.strictObject({ peerId: v.pipe(v.string(), v.maxLength(128)), ...amount })),
    v.maxLength(mostTakers),
  ),
  problem: v.nullable(v.pipe(v.string(), v.maxLength(256))),
})

export type RebalanceReport = v.InferOutput<typeof report>

/** How far the node is, and what it holds. */
export const rebalanceShow = { method: 'rebalance.show', request: v.strictObject({}), reply: report } as const

/** Answered when it has begun, or when something else is under way. */
export const rebalanceBegin = {
  method: 'rebalance.begin',
  request: v.strictObject({ task: v.picklist(['plan', 'plan-drain', 'move']) }),
  reply: report,
} as const

export const rebalanceStop = { method: 'rebalance.stop', request: v.strictObject({}), reply: report } as const
