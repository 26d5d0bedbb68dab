import type { CandidatePool } from './candidate.ts'

/** What each domain has to offer: its cheapest node that isn't taken, then the next. */
export class Offers {
  /** The cost of each domain's offer; infinite when it has none left. */
  readonly costs: Float64Array
  /** Nodes that each domain still has. */
  readonly supply: Int32Array
  /** The candidates taken from each domain, cheapest first. */
  readonly #taken = new Map<number, number[]>()
  readonly #nodes: Int32Array
  readonly #nodeCosts: Float64Array
  readonly #pool: Pick<CandidatePool, 'membersOf' | 'domainNumbers'>

  /** @param nodeCosts of each candidate, infinite for those not to be chosen; consumed */
  constructor(pool: Pick<CandidatePool, 'membersOf' | 'domainNumbers'>, nodeCosts: Float64Array) {
    const size = pool.membersOf.length
    this.#pool = pool
    this.#nodeCosts = nodeCosts
    this.#nodes = new Int32Array(size).fill(-1)
    this.costs = new Float64Array(size).fill(Number.POSITIVE_INFINITY)
    this.supply = new Int32Array(size)
    for (let i = 0; i < nodeCosts.length; i++) {
      const cost = nodeCosts[i]!
      if (cost === Number.POSITIVE_INFINITY) continue
      const domain = pool.domainNumbers[i]!
      this.supply[domain]!++
      if (cost >= this.costs[domain]!) continue
      this.costs[domain] = cost
      this.#nodes[domain] = i
    }
  }

  /** The candidates taken from a domain, cheapest first. */
  takenOf(domain: number): readonly number[] {
    return this.#taken.get(domain) ?? []
  }

  /** Takes what a domain offers, which must be something. */
  take(domain: number): number {
    const taken = this.#nodes[domain]!
    this.#taken.set(domain, [...this.takenOf(domain), taken])
    this.#nodeCosts[taken] = Number.POSITIVE_INFINITY
    this.supply[domain]!--
    let cheapest = -1
    let cost = Number.POSITIVE_INFINITY
    for (const i of this.#pool.membersOf[domain]!) {
      if (this.#nodeCosts[i]! >= cost) continue
      cheapest = i
      cost = this.#nodeCosts[i]!
    }
    this.#nodes[domain] = cheapest
    this.costs[domain] = cost
    return taken
  }
}
