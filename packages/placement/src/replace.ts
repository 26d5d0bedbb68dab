import type { Candidate } from './candidate.ts'
import { choose } from './choose.ts'
import type { Explanation, Placement, PlaceRequest } from './placement.ts'
import { domainFailuresSurvived, shardsPerDomain } from './spread.ts'

export interface ReplaceRequest<C extends Candidate> extends PlaceRequest<C> {
  /** Where the stripe has its good shards. These nodes aren't chosen again, and their domains only when others run out. */
  readonly taken: readonly Pick<Candidate, 'peerId' | 'domain'>[]
}

/**
 * Chooses nodes for `count` lost shards of a stripe; the others stay where they are.
 * @throws RangeError when a number is out of its range
 */
export function replace<C extends Candidate>(request: ReplaceRequest<C>): Placement<C> {
  const { candidates: pool, key, seed, count, taken, policy = {} } = request
  const { maxPerDomain = Number.POSITIVE_INFINITY, fallbackCount = count } = policy
  checkRange('seed', seed, 0, 2 ** 32 - 1)
  checkRange('count', count, 1)
  checkRange('lossesSurvived', request.lossesSurvived, 0)
  checkRange('fallbackCount', fallbackCount, 0)
  if (maxPerDomain !== Number.POSITIVE_INFINITY) checkRange('maxPerDomain', maxPerDomain, 1)

  const { eligible, unavailable, refused } = sift(request)
  const takenDomains = taken.map(({ domain }) => domain)
  const chosen = choose({ pool, eligible, key, seed, takenDomains, maxPerDomain }, count + fallbackCount)
  const nodes = chosen.slice(0, count)
  return {
    nodes,
    fallbacks: chosen.slice(count),
    explanation: { candidates: pool.candidates.length, unavailable, refused, ...tolerance(request, nodes) },
  }
}

function sift<C extends Candidate>({ candidates: pool, taken, policy }: ReplaceRequest<C>) {
  const takenIds = new Set(taken.map(({ peerId }) => peerId))
  const eligible: number[] = []
  let unavailable = 0
  let refused = 0
  pool.candidates.forEach((candidate, i) => {
    if (takenIds.has(candidate.peerId)) return
    if (!candidate.available) unavailable++
    else if (candidate.weight === 0 || policy?.accept?.(candidate) === false) refused++
    else eligible.push(i)
  })
  return { eligible, unavailable, refused }
}

type Tolerance = Pick<Explanation, 'missing' | 'shardsPerDomain' | 'domainFailuresSurvived' | 'toleranceLost'>

function tolerance<C extends Candidate>(request: ReplaceRequest<C>, nodes: readonly C[]): Tolerance {
  const { count, lossesSurvived, taken } = request
  const missing = count - nodes.length
  const domains = [...taken, ...nodes].map(({ domain }) => domain)
  const survived = domainFailuresSurvived(domains, lossesSurvived - missing)
  return {
    missing,
    shardsPerDomain: shardsPerDomain(domains),
    domainFailuresSurvived: survived,
    toleranceLost: lossesSurvived - survived,
  }
}

function checkRange(name: string, value: number, min: number, max = Number.MAX_SAFE_INTEGER): void {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw new RangeError(`${name} must be an integer in ${min} … ${max}, got ${value}`)
  }
}
