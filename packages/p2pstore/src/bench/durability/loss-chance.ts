import { binomialChance } from './combinatorics.ts'
import type { LossProfile } from './loss-profile.ts'

/** How likely it is that a stripe can't be decoded. */
export interface LossChance {
  readonly chance: number
  readonly method: 'exact' | 'simulated'
  /** Of what was simulated; 0 when exact. */
  readonly standardError: number
  /** How much of a simulated chance was too rare to be seen, and is counted from the smallest fatal sets instead: 0 … 1. */
  readonly countedShare: number
}

/** When each shard is lost with the same chance, independently: the profile, weighted by how likely each number of losses is. */
export function lossChance({ totalShards, chances, walks }: LossProfile, shardLossRate: number): LossChance {
  const weights = Array.from({ length: totalShards + 1 }, (_, lost) => binomialChance(totalShards, lost, shardLossRate))
  const terms = weights.map((weight, lost) => weight * (chances[lost] ?? 1))
  const chance = Math.min(sum(terms), 1)
  if (walks === undefined) return { chance, method: 'exact', standardError: 0, countedShare: 0 }
  const countedShare = chance === 0 ? 0 : sum(terms.slice(0, walks.sampledFrom)) / chance
  const standardError = standardErrorOf(walks.ends.map(tails(weights, walks.sampledFrom)))
  return { chance, method: 'simulated', standardError, countedShare }
}

/** What a walk that ends at a number of losses contributes: the chance of so many losses or more, as far as walks count. */
function tails(weights: readonly number[], sampledFrom: number): (end: number) => number {
  const atLeast = [...weights]
  for (let lost = atLeast.length - 2; lost >= 0; lost--) atLeast[lost]! += atLeast[lost + 1]!
  return (end) => atLeast[Math.max(end, sampledFrom)] ?? 0
}

/** Of the mean of some values. */
function standardErrorOf(values: readonly number[]): number {
  const mean = sum(values) / values.length
  const squares = sum(values.map((value) => (value - mean) ** 2))
  return Math.sqrt(squares / Math.max(values.length - 1, 1) / values.length)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
