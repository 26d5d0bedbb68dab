/*
 * What a stripe survives, where its shards are now. Not the number of shards counts but that of domains, whichever they are:
 * a stripe whose fullest domains hold three shards each survives fewer failures than one with a domain per shard.
 *
 * A set of domains is harmless if its shards, together with those without a node, are no more than any stripe of the scheme
 * survives. Other sets are tried one by one, largest domains first: their shards are taken for lost, and parity groups
 * rebuild what they can (peeling), or the caller's own decoder says. The trying is bounded; what wasn't tried isn't promised.
 */
import type { StripeGeometry } from './geometry.ts'

export interface Tolerance {
  /** Whole domains that may fail, whichever they are, before the stripe is lost; −1 when it is lost already. */
  readonly domainFailuresSurvived: number
  /** By how much that falls short of what a domain for each shard gives. */
  readonly toleranceLost: number
  /** Whether one failure more can be too many. If not, the stripe may survive more than is said here. */
  readonly isExact: boolean
}

/** Sets of domains looked at, some microseconds each. */
const MAX_SETS = 20_000

/**
 * @param domains the domain of each shard, by number; shards without a node are left out
 * @param survives whether the stripe survives the loss of these shards. Default: by peeling, which never promises too much
 */
export function toleranceOf(
  geometry: StripeGeometry,
  domains: ReadonlyMap<number, string>,
  survives: (lost: readonly number[]) => boolean = (lost) => peels(geometry, lost),
): Tolerance {
  const { shardCount, tolerance } = geometry
  const missing = Array.from({ length: shardCount }, (_, shard) => shard).filter((shard) => !domains.has(shard))
  const search = new FatalSets(shardsByDomain(domains), tolerance, survives)
  let survived = -1
  while (survived < tolerance && !search.has(survived + 1, missing)) survived++
  return { domainFailuresSurvived: survived, toleranceLost: tolerance - survived, isExact: !search.isExhausted }
}

/** Shards of each domain, fullest first. */
function shardsByDomain(domains: ReadonlyMap<number, string>): number[][] {
  const shards = new Map<string, number[]>()
  for (const [shard, domain] of domains) shards.set(domain, [...(shards.get(domain) ?? []), shard])
  return [...shards.values()].sort((a, b) => b.length - a.length)
}

class FatalSets {
  readonly #domains: readonly (readonly number[])[]
  readonly #tolerance: number
  readonly #survives: (lost: readonly number[]) => boolean
  #setsLeft = MAX_SETS

  constructor(
    domains: readonly (readonly number[])[],
    tolerance: number,
    survives: (lost: readonly number[]) => boolean,
  ) {
    this.#domains = domains
    this.#tolerance = tolerance
    this.#survives = survives
  }

  get isExhausted(): boolean {
    return this.#setsLeft < 0
  }

  /** Whether losing some `count` domains, beside the shards lost already, can be fatal: true also when nobody knows. */
  has(count: number, lost: readonly number[], from = 0): boolean {
    if (count === 0) return lost.length > this.#tolerance && !this.#survives(lost)
    for (let domain = from; domain + count <= this.#domains.length; domain++) {
      const fullest = this.#domains.slice(domain, domain + count).reduce((sum, { length }) => sum + length, 0)
      if (lost.length + fullest <= this.#tolerance) return false
      if (--this.#setsLeft < 0) return true
      if (this.has(count - 1, [...lost, ...this.#domains[domain]!], domain + 1)) return true
    }
    return false
  }
}

/** Whether groups rebuild all of these shards, each as many as it survives, with the help of what others rebuilt before. */
function peels({ groups, groupsOf }: StripeGeometry, lost: readonly number[]): boolean {
  const isLost = new Set(lost)
  const lostIn = groups.map(({ members }) => members.filter((shard) => isLost.has(shard)).length)
  const canRebuild = (group: number) => lostIn[group]! > 0 && lostIn[group]! <= groups[group]!.losses
  const ready = [...groups.keys()].filter(canRebuild)
  for (let group = ready.pop(); group !== undefined; group = ready.pop()) {
    for (const shard of groups[group]!.members) {
      if (!isLost.delete(shard)) continue
      for (const other of groupsOf[shard]!) {
        lostIn[other]!--
        if (canRebuild(other)) ready.push(other)
      }
    }
  }
  return isLost.size === 0
}
