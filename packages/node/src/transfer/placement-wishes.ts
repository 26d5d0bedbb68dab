import type { Strategy } from '@p2pstore/placement'
import type { StorageMember } from '../storage-member.ts'

export const strategies = [
  'weighted-random',
  'least-loaded',
  'nearest',
  'spread',
] as const satisfies readonly Strategy[]

/** Which nodes are wanted for the shards of an object. Its records lie where everybody looks for them, whatever is wished. */
export interface PlacementWishes {
  /**
   * Which of them come first. Default `spread`, over as many domains as there are: of a grid, lines alone would be content
   * with fewer, but the stripe as a whole survives more.
   */
  readonly strategy?: Strategy | undefined
  /** Which may be chosen at all. Default: all. */
  readonly accept?: ((member: StorageMember) => boolean) | undefined
}
