/**
 * How long a stripe lives that is repaired: a Markov chain over the number of its lost shards (as in Ford et al., Availability in
 * Globally Distributed Storage Systems, OSDI 2010, with a loss profile in place of a single threshold).
 *
 * - Every shard that is there is lost for good at the same rate, independently of the others.
 * - Whole domains fail as well, and take all their shards with them. Shards are spread over domains as evenly as can be, in no
 *   particular order; so those a domain failure hits are a random choice, of which some may be lost already.
 * - Repair begins when `repairAt` shards are lost and goes on until none is. Lost shards are repaired side by side, each in a time
 *   that is exponentially distributed with the same mean: detection, transfer, everything.
 * - Whether another loss is fatal depends on how many are lost, by the loss profile.
 *
 * Time counts from the worst state that is still normal: `repairAt` shards lost and repair just beginning. Nodes that are
 * down for a while don't count as losses here.
 */
import { type Chain, meanTimeToAbsorption } from './absorption.ts'
import { hypergeometricChance } from './combinatorics.ts'
import type { LossProfile } from './loss-profile.ts'

export interface RepairModel {
  /** Of each shard. */
  readonly lossesPerYear: number
  /** Of each lost shard: one over the mean time in years. */
  readonly repairsPerYear: number
  /** How many shards are lost when repair begins; at least 1. */
  readonly repairAt: number
  readonly domains?: DomainFailures
}

interface DomainFailures {
  /** How many domains there are to spread shards over. */
  readonly count: number
  /** Of each domain. */
  readonly failuresPerYear: number
}

/** Stripes that have lost so many more than when repair begins are given up. */
const mostLostBeyondRepair = 200

export function meanYearsToLoss({ chances, totalShards }: LossProfile, model: RepairModel): number {
  const { repairAt, repairsPerYear } = model
  const survivable = chances.findLastIndex((chance) => chance < 1)
  const most = Math.min(survivable, repairAt + mostLostBeyondRepair)
  /** Waiting with 0 … repairAt − 1 lost, then repairing with 1 … most lost. */
  const waiting = (lost: number) => lost
  const repairing = (lost: number) => repairAt + lost - 1
  const chain = emptyChain(repairAt + most)
  const fail = (state: number, lost: number, isWaiting: boolean) => {
    for (const [more, rate] of failures(totalShards, lost, model)) {
      const after = lost + more
      const fatal = after > most ? 1 : (chances[after]! - chances[lost]!) / (1 - chances[lost]!)
      chain.absorption[state]! += rate * fatal
      if (fatal === 1) continue
      const next = isWaiting && after < repairAt ? waiting(after) : repairing(after)
      chain.rates[state]![next]! += rate * (1 - fatal)
    }
  }
  for (let lost = 0; lost < Math.min(repairAt, most + 1); lost++) fail(waiting(lost), lost, true)
  for (let lost = 1; lost <= most; lost++) {
    const state = repairing(lost)
    fail(state, lost, false)
    chain.rates[state]![lost === 1 ? waiting(0) : repairing(lost - 1)]! += lost * repairsPerYear
  }
  return meanTimeToAbsorption(chain, repairAt <= most ? repairing(repairAt) : waiting(0))
}

function emptyChain(states: number): Chain {
  return {
    rates: Array.from({ length: states }, () => new Float64Array(states)),
    absorption: new Float64Array(states),
  }
}

/** By how many more shards may be lost next, and at what rates. */
function failures(totalShards: number, lost: number, { lossesPerYear, domains }: RepairModel): Map<number, number> {
  const rates = new Map([[1, (totalShards - lost) * lossesPerYear]])
  if (domains === undefined) return rates
  for (const [shards, count] of shardsPerDomain(totalShards, domains.count)) {
    for (let more = 1; more <= shards; more++) {
      const chance = hypergeometricChance(totalShards, lost, shards, shards - more)
      rates.set(more, (rates.get(more) ?? 0) + count * domains.failuresPerYear * chance)
    }
  }
  return rates
}

/** How many domains hold how many shards each. */
function shardsPerDomain(totalShards: number, domains: number): [shards: number, count: number][] {
  const fewer = Math.floor(totalShards / domains)
  const fuller = totalShards % domains
  return [
    [fewer + 1, fuller],
    [fewer, domains - fuller],
  ]
}
