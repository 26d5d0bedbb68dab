/**
 * How likely data is lost when a given number of a stripe's shards is, any of them alike.
 *
 * Up to the tolerance it never is; beyond the number of parities it always is. For Reed–Solomon, mirrors and single parity
 * there is nothing between. For the others there is, and that is where they earn their keep: a grid survives most losses
 * far beyond its guarantee. Small stripes are counted set by set. For large ones shards are lost one after another, in
 * random order, until the codec's equations no longer determine them: one such walk is a sample for every number of losses.
 *
 * A simulation can't see what happens once in a billion walks, and that is what durability is made of. So while fewer than
 * `fewestSeen` walks have ended, the count of smallest fatal sets is taken instead: how many of them the lost shards contain
 * on average, which is the chance to contain one as long as that is small. Nothing else is fatal for one shard more than the
 * tolerance, and little else is likely soon after. For grids there is a formula; elsewhere the simulation is all there is.
 */
import { codeOf, type Scheme } from '@p2pstore/codec'
import type { SeededRandom } from '../seeded-random.ts'
import { waysToChoose } from './combinatorics.ts'
import { countDecodable, countSmallestFatal } from './fatal-counts.ts'
import type { Field } from './field.ts'
import { LostShards } from './lost-shards.ts'

export interface LossProfile {
  readonly totalShards: number
  /** By number of lost shards, 0 to one more than there are parities, where it is 1. Never falls. */
  readonly chances: readonly number[]
  /** Undefined when counted. */
  readonly walks?: Walks
}

interface Walks {
  /** With how many lost shards each walk ended. */
  readonly ends: readonly number[]
  /** From this number of lost shards on, chances are shares of the walks; below they are counted. */
  readonly sampledFrom: number
}

export interface ProfileOptions {
  readonly field: Field
  readonly random: SeededRandom
  /** How many walks to make where sets are too many to count; 1000 or more. */
  readonly samples: number
  /** Up to so many sets are counted; default 5 million. */
  readonly mostCountedSets?: number
}

/** Some seconds of counting. */
const defaultCountedSets = 5_000_000
/** About 10 % standard error. */
const fewestSeen = 100

export function lossProfile(scheme: Scheme, options: ProfileOptions): LossProfile {
  const code = codeOf(scheme)
  const { tolerance, totalShards } = code
  const parities = totalShards - code.dataShards
  const counts = Array.from({ length: parities + 1 }, (_, count) => count)
  if (tolerance === parities) return { totalShards, chances: [...counts.map(() => 0), 1] }
  const lost = new LostShards(code, options.field)
  const sets = counts.reduce((sum, count) => sum + waysToChoose(totalShards, count), 0)
  if (sets > (options.mostCountedSets ?? defaultCountedSets))
    return simulated(scheme, { lost, tolerance, totalShards, parities }, options)
  const decodable = countDecodable(lost, totalShards)
  const chances = counts.map((count) => 1 - (decodable[count] ?? 0) / waysToChoose(totalShards, count))
  return { totalShards, chances: [...chances, 1] }
}

interface Simulated {
  readonly lost: LostShards
  readonly tolerance: number
  readonly totalShards: number
  readonly parities: number
}

function simulated(scheme: Scheme, of: Simulated, { random, samples }: ProfileOptions): LossProfile {
  const { lost, tolerance, totalShards, parities } = of
  const order = Array.from({ length: totalShards }, (_, shard) => shard)
  const ends = Array.from({ length: samples }, () => walk(lost, order, random))
  const ended = new Array<number>(parities + 2).fill(0)
  for (const end of ends) ended[end]! += 1
  for (let count = 1; count < ended.length; count++) ended[count]! += ended[count - 1]!

  const smallest = countSmallestFatal(scheme)
  const seenFrom = ended.findIndex((walks) => walks >= fewestSeen)
  const sampledFrom = smallest === undefined ? 0 : Math.max(seenFrom, tolerance + 2)
  const containing = (count: number) =>
    ((smallest ?? 0) * waysToChoose(count, tolerance + 1)) / waysToChoose(totalShards, tolerance + 1)
  const chances = ended.map((walks, count) => (count < sampledFrom ? Math.min(containing(count), 1) : walks / samples))
  return { totalShards, chances: ascending(chances), walks: { ends, sampledFrom } }
}

/** Loses shards in random order. Returns the number that is one too many. */
function walk(lost: LostShards, order: number[], random: SeededRandom): number {
  lost.keep(0)
  for (;;) {
    const next = lost.count
    const chosen = next + random.below(order.length - next)
    const shard = order[chosen]!
    order[chosen] = order[next]!
    order[next] = shard
    if (!lost.add(shard)) return next + 1
  }
}

/** Two ways of estimating meet somewhere; more losses must not look safer there. */
function ascending(chances: readonly number[]): number[] {
  let highest = 0
  return chances.map((chance) => {
    highest = Math.max(highest, chance)
    return highest
  })
}
