/*
 * Takes back broken rules by local search, where neither colours nor greed found a way to keep them: always the best change
 * for a shard that is one too many, either into a domain that has a node left or in exchange with another shard, even if it
 * makes things worse for the moment. What was changed rests for a while, so that the search doesn't walk in circles (tabu
 * search: Hertz and de Werra, "Using tabu search techniques for graph coloring", 1987). The best seating seen is kept.
 *
 * The search is bounded by the number of changes looked at, so a network that is too small for the rule costs a few
 * milliseconds, not more. Equally good changes are chosen among by numbers that look random and always are the same: the
 * search is as repeatable as everything else here.
 */
import { mix } from './hash.ts'
import type { Seating } from './seating.ts'

/** Changes looked at, some 30 ns each. */
const MAX_LOOKS = 60_000

/** Steps after which one shard, whichever, is exchanged with another: a way out of where all best changes lead back to. */
const SHAKE_EVERY = 10

interface Change {
  readonly domain: number
  /** The shard that comes in exchange, or −1. */
  readonly partner: number
}

/**
 * @param movable shards that may change their domain
 * @param supply nodes that each domain still has; changed along
 */
export function improve(movable: readonly number[], seating: Seating, supply: Int32Array): void {
  const search = new Search(movable, seating, supply)
  let best = seating.excess
  let bestDomains = Int32Array.from(seating.domainOf)
  while (best > 0 && search.step()) {
    if (seating.excess >= best) continue
    best = seating.excess
    bestDomains = Int32Array.from(seating.domainOf)
  }
  for (const shard of movable) search.move(shard, bestDomains[shard]!)
}

class Search {
  readonly #movable: readonly number[]
  readonly #seating: Seating
  readonly #supply: Int32Array
  /** The first step at which each shard may be changed again. */
  readonly #restUntil: Int32Array
  #steps = 0
  #looks = 0

  constructor(movable: readonly number[], seating: Seating, supply: Int32Array) {
    this.#movable = movable.filter((shard) => seating.domainOf[shard]! >= 0)
    this.#seating = seating
    this.#supply = supply
    this.#restUntil = new Int32Array(seating.domainOf.length)
  }

  /** Changes one shard that is too many. @returns false when there is nothing to change, or after too long */
  step(): boolean {
    this.#steps++
    const tooMany = this.#movable.filter((shard) => this.#isTooMany(shard))
    const awake = tooMany.filter((shard) => this.#isAwake(shard))
    this.#looks += this.#movable.length
    if (tooMany.length === 0 || this.#looks > MAX_LOOKS) return false
    if (awake.length === 0) return true
    const isShaken = this.#steps % SHAKE_EVERY === 0
    const from = isShaken ? this.#movable : awake
    const shard = from[this.#dice() % from.length]!
    const change = isShaken ? this.#anyExchange() : this.#bestChange(shard)
    if (change === undefined) return true
    const home = this.#seating.domainOf[shard]!
    this.#rest(shard)
    this.move(shard, change.domain)
    if (change.partner < 0) return true
    this.#rest(change.partner)
    this.move(change.partner, home)
    return true
  }

  move(shard: number, domain: number): void {
    const home = this.#seating.domainOf[shard]!
    if (home === domain || home < 0) return
    this.#seating.unseat(shard)
    this.#supply[home]!++
    this.#seating.seat(shard, domain)
    this.#supply[domain]!--
  }

  #bestChange(shard: number): Change | undefined {
    const seating = this.#seating
    const home = seating.domainOf[shard]!
    let best: Change | undefined
    let least = Number.POSITIVE_INFINITY
    let ties = 0
    const consider = (domain: number, partner: number, excess: number) => {
      this.#looks++
      if (excess > least) return
      ties = excess < least ? 1 : ties + 1
      if (ties > 1 && this.#dice() % ties > 0) return
      least = excess
      best = { domain, partner }
    }
    seating.unseat(shard)
    for (let domain = 0; domain < this.#supply.length; domain++) {
      if (domain === home || this.#supply[domain] === 0) continue
      consider(domain, -1, seating.excess + seating.excessOf(shard, domain))
    }
    for (const partner of this.#movable) {
      const domain = seating.domainOf[partner]!
      if (domain === home || partner === shard || !this.#isAwake(partner)) continue
      seating.unseat(partner)
      seating.seat(shard, domain)
      consider(domain, partner, seating.excess + seating.excessOf(partner, home))
      seating.unseat(shard)
      seating.seat(partner, domain)
    }
    seating.seat(shard, home)
    return best
  }

  #anyExchange(): Change {
    const partner = this.#movable[this.#dice() % this.#movable.length]!
    return { domain: this.#seating.domainOf[partner]!, partner }
  }

  #isTooMany(shard: number): boolean {
    const domain = this.#seating.domainOf[shard]!
    this.#seating.unseat(shard)
    const excess = this.#seating.excessOf(shard, domain)
    this.#seating.seat(shard, domain)
    return excess > 0
  }

  #isAwake(shard: number): boolean {
    return this.#steps >= this.#restUntil[shard]!
  }

  #rest(shard: number): void {
    this.#restUntil[shard] = this.#steps + 2 + (this.#dice() % Math.min(8, this.#movable.length))
  }

  /** 32 bits that look random. */
  #dice(): number {
    return mix(this.#steps * 0x9e3779b1 + this.#looks) >>> 0
  }
}
