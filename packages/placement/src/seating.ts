import type { StripeGeometry } from './geometry.ts'

/** One member of a group too many outweighs any number that are allowed but not wanted: a group has at most 1,024. */
const HARD = 2 ** 11

/** Which domain each shard of a stripe is in, and what that does to its parity groups. */
export class Seating {
  /** By shard number; −1 for a shard without a place. */
  readonly domainOf: Int32Array
  /** Shards of the stripe in each domain. */
  readonly shardsIn: Int32Array
  readonly #geometry: StripeGeometry
  readonly #wanted: number
  /** For each domain that has had a shard: its members of each group. */
  readonly #members: (Uint16Array | undefined)[]
  #excess = 0

  /** @param maxPerDomain members of a group wanted in a domain at most, where the group would survive more */
  constructor(geometry: StripeGeometry, domainCount: number, maxPerDomain: number) {
    this.#geometry = geometry
    this.#wanted = maxPerDomain
    this.#members = new Array<Uint16Array | undefined>(domainCount).fill(undefined)
    this.domainOf = new Int32Array(geometry.shardCount).fill(-1)
    this.shardsIn = new Int32Array(domainCount)
  }

  /** Members of groups that are too many in their domains. 0 when every group survives the loss of any one domain. */
  get excess(): number {
    return this.#excess
  }

  seat(shard: number, domain: number): void {
    this.#members[domain] ??= new Uint16Array(this.#geometry.groups.length)
    this.#excess += this.excessOf(shard, domain)
    this.domainOf[shard] = domain
    this.shardsIn[domain]!++
    for (const group of this.#geometry.groupsOf[shard]!) this.#members[domain][group]!++
  }

  unseat(shard: number): void {
    const domain = this.domainOf[shard]!
    this.domainOf[shard] = -1
    this.shardsIn[domain]!--
    for (const group of this.#geometry.groupsOf[shard]!) this.#members[domain]![group]!--
    this.#excess -= this.excessOf(shard, domain)
  }

  /** In how many groups a shard without a place would be one too many in that domain. */
  excessOf(shard: number, domain: number): number {
    const members = this.#members[domain]
    if (members === undefined) return 0
    let excess = 0
    for (const group of this.#geometry.groupsOf[shard]!) {
      if (members[group]! >= this.#geometry.limits[group]!) excess++
    }
    return excess
  }

  /** How much speaks against it: excess before all, then what is allowed but not wanted. 0 for nothing. */
  penaltyOf(shard: number, domain: number): number {
    const members = this.#members[domain]
    if (members === undefined) return 0
    let penalty = 0
    for (const group of this.#geometry.groupsOf[shard]!) {
      const count = members[group]! + 1
      penalty += HARD * Math.max(0, count - this.#geometry.limits[group]!) + Math.max(0, count - this.#wanted)
    }
    return penalty
  }
}
