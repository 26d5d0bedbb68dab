/** What the operator of a node asks of it; see control/node-control.ts. A node answers only those whom its own key certified. */
import * as v from 'valibot'
import { count } from '../encoding/record.ts'
import { damagedShard, mostTold, scrubState } from '../scrub/state.ts'
import { maximumTextLength, maximumUnits, unitCapacity, unitName, unitPlace } from '../store/units/unit-entry.ts'

const durationMs = v.pipe(v.number(), v.finite(), v.minValue(0))
const shortText = v.pipe(v.string(), v.maxLength(maximumTextLength))
const capacityBytes = v.nullable(unitCapacity)

const unitReport = v.strictObject({
  name: shortText,
  place: shortText,
  state: v.picklist(['active', 'moving', 'leaving', 'rejoining', 'failed']),
  problem: v.nullable(shortText),
  capacityBytes: count,
  freeBytes: count,
  reservedBytes: count,
  liveBytes: count,
  deadBytes: count,
  shardCount: count,
  health: v.strictObject({
    readErrors: count,
    writeErrors: count,
    damagedReads: count,
    readMs: durationMs,
    usualReadMs: durationMs,
    writeMs: durationMs,
    usualWriteMs: durationMs,
    isSlow: v.boolean(),
    disk: v.picklist(['good', 'failing', 'unknown']),
    fillBytesPerDay: v.pipe(v.number(), v.safeInteger()),
  }),
})

export const unitList = {
  method: 'unit.list',
  request: v.strictObject({}),
  reply: v.strictObject({ units: v.pipe(v.array(unitReport), v.maxLength(maximumUnits)) }),
} as const

export const unitAdd = {
  method: 'unit.add',
  request: v.strictObject({ place: unitPlace, capacityBytes }),
  reply: v.strictObject({ unit: unitReport }),
} as const

/** Answered when emptying has begun, or the unit has been abandoned. */
export const unitRemove = {
  method: 'unit.remove',
  request: v.strictObject({ name: unitName, abandon: v.boolean(), out: v.boolean() }),
  reply: v.strictObject({}),
} as const

export const unitResize = {
  method: 'unit.resize',
  request: v.strictObject({ name: unitName, capacityBytes }),
  reply: v.strictObject({ unit: unitReport }),
} as const

/** Has the node as a whole emptied into other nodes, or no more; answered when that has begun. */
export const nodeDrain = {
  method: 'node.drain',
  request: v.strictObject({ isDraining: v.boolean() }),
  reply: v.strictObject({}),
} as const

const { key: _key, position: _position, damaged: _damaged, ...scrubFigures } = scrubState.entries
const scrubReport = v.strictObject({
  ...scrubFigures,
  damaged: v.pipe(v.array(damagedShard), v.maxLength(mostTold)),
  damagedShards: count,
  progress: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  isHurried: v.boolean(),
  periodMs: count,
})

export const scrubShow = { method: 'scrub.show', request: v.strictObject({}), reply: scrubReport } as const

/** Begins a pass at once. */
export const scrubHurry = { method: 'scrub.hurry', request: v.strictObject({}), reply: scrubReport } as const
