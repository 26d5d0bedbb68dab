/**
 * Who should hold a record, in order: the storage members ranked by the record's id (highest random weight, Thaler and
 * Ravishankar 1998), those that are up and take new things before the others. Anyone who knows the id and the members finds
 * the same order without being told; when members have come and gone since, the holders are further down the list.
 *
 * A record's copies are as many as losses are survived, and one more. They should not be lost together either: of the first
 * few no two are in one failure domain while there are other domains.
 */
import { createRanking, type Ranking } from '@p2pstore/placement'
import type { Availability } from '@p2pstore/state'

export interface Holder {
  readonly peerId: string
  /** The failure domain that it is in by what everybody knows. */
  readonly toldDomain: string
  readonly availability: Availability
  /** Takes new things. */
  readonly available: boolean
}

export class Holders {
  readonly #tiers: readonly Ranking[]
  /** Undefined when each has its own. */
  readonly #domains: ReadonlyMap<string, string> | undefined

  constructor(members: readonly Holder[]) {
    const tiers = [new Set<string>(), new Set<string>(), new Set<string>()] as const
    for (const { peerId, availability, available } of members) {
      tiers[availability !== 'up' ? 2 : available ? 0 : 1].add(peerId)
    }
    this.#tiers = tiers.filter(({ size }) => size > 0).map(createRanking)
    const domains = new Map(members.map(({ peerId, toldDomain }) => [peerId, toldDomain]))
    this.#domains = new Set(domains.values()).size === domains.size ? undefined : domains
  }

  /** All members, the best first. */
  rank(id: Uint8Array): string[] {
    const ranked = this.#tiers.map((tier) => tier(id))
    const domains = this.#domains
    return domains === undefined ? ranked.flat() : ranked.flatMap((tier) => spread(tier, domains))
  }
}

/** The first of each domain, then the second of each, and so on. */
function spread(ranked: readonly string[], domains: ReadonlyMap<string, string>): string[] {
  const rounds: string[][] = []
  const counts = new Map<string | undefined, number>()
  for (const peerId of ranked) {
    const domain = domains.get(peerId)
    const round = counts.get(domain) ?? 0
    counts.set(domain, round + 1)
    rounds[round] ??= []
    rounds[round].push(peerId)
  }
  return rounds.flat()
}
