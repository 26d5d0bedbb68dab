import * as v from 'valibot'
import { count } from '../../encoding/record.ts'

/** As many as a member record carries. */
export const maximumUnits = 32
/** The least and the most that a unit can be told to occupy; the most is what a member record can say. */
export const leastCapacityBytes = 1 << 20
export const mostCapacityBytes = 2 ** 48

export const unitName = v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,64}$/, 'must be 1 … 64 visible ASCII characters'))
export const unitCapacity = v.pipe(count, v.minValue(leastCapacityBytes), v.maxValue(mostCapacityBytes))
/** A report of all units, with such a text for the place and another one for a problem, fits into the head of a message. */
export const maximumTextLength = 256
const shortText = v.pipe(v.string(), v.minLength(1), v.maxLength(maximumTextLength))

/** Where a unit keeps its shards. */
export const unitPlace = v.strictObject({
  kind: v.literal('directory'),
  /** Absolute, or relative to the home. */
  path: shortText,
})

/** What a node remembers of a unit. */
const unitEntry = v.strictObject({
  /** Null until the unit has been opened for the first time. */
  name: v.nullable(unitName),
  place: unitPlace,
  /** Null: all there is. */
  capacityBytes: v.nullable(unitCapacity),
  /** What is being moved to other units: all that it holds, what is too much for it, or nothing. Takes no new shards meanwhile. */
  moving: v.nullable(v.picklist(['all', 'surplus'])),
  /**
   * The node has run without the unit. Shards may have been stored again elsewhere meanwhile, or replaced: what other units
   * hold is newer than what this one does.
   */
  away: v.boolean(),
})

export const unitEntries = v.pipe(v.array(unitEntry), v.maxLength(maximumUnits))

export type UnitPlace = v.InferOutput<typeof unitPlace>
export type UnitEntry = v.InferOutput<typeof unitEntry>

export function newEntry(place: UnitPlace, known: Partial<UnitEntry> = {}): UnitEntry {
  return { name: null, place, capacityBytes: null, moving: null, away: false, ...known }
}

/** For people: what they typed to add it. */
export function describePlace(place: UnitPlace): string {
  return place.path
}

export function isSamePlace(a: UnitPlace, b: UnitPlace): boolean {
  return describePlace(a) === describePlace(b)
}
