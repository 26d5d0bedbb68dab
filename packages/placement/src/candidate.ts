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
  /** How full or busy it is for its size, in any unit that all share: an integer, 0 or more. Default 0. */
  readonly load?: number
  /** The way to it from where the shards come from. Default: near, free and safe. */
  readonly path?: Path
}

export interface Path {
  /** 0 or more. */
  readonly roundTripUs: number
  /** How much of the path is taken: an integer in 0 … 1000. Weighs the candidate down in proportion. */
  readonly congestionPermille: number
  /** Encrypted, and its other end known. */
  readonly isSecure: boolean
}

/** Candidates made ready for many decisions over one view: checked, in a fixed order, hashed and numbered. */
export interface CandidatePool<C extends Candidate = Candidate> {
  /** In the order of peer ids, so that the order they came in can't matter. */
  readonly candidates: readonly C[]
  /** One for each candidate, in the same order. */
  readonly hashes: readonly Hash[]
  /** The number of each candidate's domain, in the same order. */
  readonly domainNumbers: Int32Array
  /** Domains by name, numbered from 0. */
  readonly domains: ReadonlyMap<string, number>
  /** The candidates of each domain, ascending. */
  readonly membersOf: readonly (readonly number[])[]
}

/** @throws RangeError when a number is out of its range, or two candidates share a peer id */
export function createPool<C extends Candidate>(candidates: Iterable<C>): CandidatePool<C> {
  const sorted = [...candidates].sort((a, b) => (a.peerId < b.peerId ? -1 : 1))
  sorted.forEach((candidate, i) => {
    if (candidate.peerId === sorted[i + 1]?.peerId) {
      throw new RangeError(`two candidates with the peer id ${candidate.peerId}`)
    }
    checkNumbers(candidate)
  })
  const domains = new Map([...new Set(sorted.map(({ domain }) => domain))].map((domain, number) => [domain, number]))
  const domainNumbers = Int32Array.from(sorted, ({ domain }) => domains.get(domain)!)
  const membersOf = Array.from(domains, (): number[] => [])
  domainNumbers.forEach((domain, i) => void membersOf[domain]!.push(i))
  return { candidates: sorted, hashes: sorted.map(({ peerId }) => hashText(peerId)), domainNumbers, domains, membersOf }
}

/**
 * The pool with some candidates as they are now. Cheap while those were in it before, in the same domains; else it is made
 * anew.
 * @throws RangeError as {@link createPool}
 */
export function changePool<C extends Candidate>(pool: CandidatePool<C>, changed: readonly C[]): CandidatePool<C> {
  const { candidates, domainNumbers, domains } = pool
  const numbers = changed.map(({ peerId }) => numberOf(pool, peerId))
  const isInPlace = (number: number, i: number): boolean =>
    number >= 0 && domains.get(changed[i]!.domain) === domainNumbers[number]
  if (!numbers.every(isInPlace)) {
    return createPool(new Map([...candidates, ...changed].map((candidate) => [candidate.peerId, candidate])).values())
  }
  const next = [...candidates]
  for (const [i, candidate] of changed.entries()) {
    checkNumbers(candidate)
    next[numbers[i]!] = candidate
  }
  return { ...pool, candidates: next }
}

/** The place of a peer among the candidates; −1 when it is none of them. */
function numberOf({ candidates }: CandidatePool, peerId: string): number {
  let [from, to] = [0, candidates.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (candidates[middle]!.peerId < peerId) from = middle + 1
    else to = middle
  }
  return candidates[from]?.peerId === peerId ? from : -1
}

function checkNumbers({ peerId, weight, load = 0, path }: Candidate): void {
  const check = (what: string, value: number, max: number) => {
    if (Number.isSafeInteger(value) && value >= 0 && value <= max) return
    throw new RangeError(`the ${what} of ${peerId} must be an integer in 0 … ${max}, got ${value}`)
  }
  check('weight', weight, Number.MAX_SAFE_INTEGER)
  check('load', load, Number.MAX_SAFE_INTEGER)
  check('round trip', path?.roundTripUs ?? 0, Number.MAX_SAFE_INTEGER)
  check('congestion', path?.congestionPermille ?? 0, 1000)
}
