import type { Candidate } from './candidate.ts'
import type { Placement, PlaceRequest } from './placement.ts'
import { replace } from './replace.ts'

/**
 * Chooses nodes for all shards of a new stripe.
 * @throws RangeError when a number is out of its range
 */
export function place<C extends Candidate>(request: PlaceRequest<C>): Placement<C> {
  return replace({ ...request, taken: [] })
}
