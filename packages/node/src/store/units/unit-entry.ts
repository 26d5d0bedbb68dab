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

const directoryPlace = v.strictObject({
  kind: v.literal('directory'),
  /** Absolute, or relative to the home. */
  path: shortText,
})

const url = v.pipe(shortText, v.regex(/^https?:\/\/[^/?#@\s]+\/?$/, 'must be the address of a server'))
const bucketName = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]{1,62}$/, 'must be the name of a bucket'))
/** Nothing that would have to be escaped in a URL. */
const keyPrefix = v.pipe(
  v.string(),
  v.maxLength(128),
  v.regex(/^([A-Za-z0-9_-][A-Za-z0-9._-]*\/)*$/, 'must be empty, or names with a slash each'),
)

const bucketPlace = v.strictObject({
  kind: v.literal('s3'),
  endpoint: url,
  region: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/, 'must be the name of a region')),
  bucket: bucketName,
  /** What the unit's keys begin with: empty, or it ends with a slash. */
  prefix: keyPrefix,
  /** Where the access keys are, absolute; null: in the node's environment. See store/external/credentials.ts. */
  credentialsFile: v.nullable(shortText),
})

/** Where a unit keeps its shards. */
export const unitPlace = v.variant('kind', [directoryPlace, bucketPlace])

/** What a node remembers of a unit. */
const unitEntry = v.strictObject({
  /** Null until the unit has been opened for the first time. */
  name: v.nullable(unitName),
  place: unitPlace,
  /** Null: all there is. */
  capacityBytes: v.nullable(unitCapacity),
  /**
   * What is being moved: all that it holds, or what is too much for it, to other units; all of it out to other nodes; or nothing.
   * Takes no new shards meanwhile.
   */
  moving: v.nullable(v.picklist(['all', 'surplus', 'out'])),
  /**
   * The node has run without the unit. Shards may have been stored again elsewhere meanwhile, or replaced: what other units
   * hold is newer than what this one does.
   */
  away: v.boolean(),
})

export const unitEntries = v.pipe(v.array(unitEntry), v.maxLength(maximumUnits))

/** All that a node remembers of its units. */
export interface RememberedUnits {
  readonly units: readonly UnitEntry[]
  /** Encode runs that were deleted while units were away, the oldest first. */
  readonly discardedRuns: readonly Uint8Array[]
  /** Whether the node as a whole is being emptied; all its units move `out` then, and stay units. */
  readonly isDraining: boolean
}

export type BucketPlace = v.InferOutput<typeof bucketPlace>
export type UnitPlace = v.InferOutput<typeof unitPlace>
export type UnitEntry = v.InferOutput<typeof unitEntry>

export function newEntry(place: UnitPlace, known: Partial<UnitEntry> = {}): UnitEntry {
  return { name: null, place, capacityBytes: null, moving: null, away: false, ...known }
}

/** @throws RangeError when it is no place where a unit can be */
export function checkPlace(place: UnitPlace): void {
  const result = v.safeParse(unitPlace, place)
  if (result.success) return
  const [issue] = result.issues
  throw new RangeError(`${v.getDotPath(issue) ?? 'place'} ${issue.message}`)
}

/** For people. */
export function describePlace(place: UnitPlace): string {
  if (place.kind === 'directory') return place.path
  return `${place.endpoint.replace(/\/$/, '')}/${place.bucket}/${place.prefix}`.slice(0, maximumTextLength)
}

export function isSamePlace(a: UnitPlace, b: UnitPlace): boolean {
  return describePlace(a) === describePlace(b)
}
