import { type Hash, hashText } from './hash.ts'

/** A node that could hold a shard, as placement sees it. Callers may add fields of their own for their predicates. */
export interface Candidate {
  readonly peerId: string
  /** How much it should get compared with others, free bytes for example: an integer, 0 for nothing at all. */
  readonly weight: number
  /** Candidates of one domain may fail together. */
  readonly domain: string
  /** Whether it can be written to now. */
  readonly available: boolean
}

/** Candidates made ready for many decisions over one view: checked, in a fixed order, hashed and numbered. */
export interface CandidatePool<C extends Candidate = Candidate> {
  /** In the order of peer ids, so that the order they came in can't matter. */
  readonly candidates: readonly C[]
  /** One for each candidate, in the same order. */
  readonly hashes: readonly Hash[]
  /** The number of each candidate's domain, in the same order. */
  readonly domainNumbers: readonly number[]
  /** Domains by name, numbered from 0. */
  readonly domains: ReadonlyMap<string, number>
}

/** @throws RangeError when a weight is no integer in 0 … 2^53 − 1, or two candidates share a peer id */
export function createPool<C extends Candidate>(candidates: Iterable<C>): CandidatePool<C> {
  const sorted = [...candidates].sort((a, b) => (a.peerId < b.peerId ? -1 : 1))
  sorted.forEach(({ peerId, weight }, i) => {
    if (peerId === sorted[i + 1]?.peerId) throw new RangeError(`two candidates with the peer id ${peerId}`)
    if (!Number.isSafeInteger(weight) || weight < 0) {
      throw new RangeError(`the weight of ${peerId} must be an integer in 0 … 2^53 − 1, got ${weight}`)
    }
  })
  const domains = new Map([...new Set(sorted.map(({ domain }) => domain))].map((domain, number) => [domain, number]))
  return {
    candidates: sorted,
    hashes: sorted.map(({ peerId }) => hashText(peerId)),
    domainNumbers: sorted.map(({ domain }) => domains.get(domain)!),
    domains,
  }
}
