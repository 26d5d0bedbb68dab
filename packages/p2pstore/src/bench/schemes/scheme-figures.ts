/** What a scheme promises and what it costs, worked out from its mathematics: no clock, no measurement. */
import { type Codec, createCodec, formatScheme, parseScheme } from '@p2pstore/codec'
import { type LossChance, lossChance } from '../durability/loss-chance.ts'
import { type LossProfile, lossProfile, type ProfileOptions } from '../durability/loss-profile.ts'
import { meanYearsToLoss } from '../durability/repair-chain.ts'
import { type Growth, smallestGrowth } from '../growth.ts'

/** What the figures assume. */
export interface Assumptions {
  /** Chances at which shards are lost, independently, for `lossChances`. */
  readonly shardLossRates: readonly number[]
  /** Share of the nodes that are up at any moment. */
  readonly nodesUp: number
  /** Share of the nodes that are lost for good within a year. */
  readonly annualFailureRate: number
  /** From the loss of a shard, once repair is due, until it is there again. */
  readonly meanTimeToRepairHours: number
  /** How many shards of a stripe are lost when repair begins. Undefined: half of those that are always survived. */
  readonly repairAt: number | undefined
  readonly domains: number
  /** Share of the domains that are lost for good, as a whole, within a year. */
  readonly annualDomainFailureRate: number
  readonly shardBytes: number
}

export interface SchemeFigures {
  readonly scheme: string
  readonly dataShards: number
  readonly totalShards: number
  /** Stored bytes per byte of data. */
  readonly overhead: number
  readonly lossesAlwaysSurvived: number
  readonly lossChances: readonly (LossChance & { readonly shardLossRate: number })[]
  /** That a stripe can't be read at a given moment, because too many nodes are down. */
  readonly unreadable: LossChance
  readonly durability: Durability
  /** Undefined without parity: then nothing can be repaired. */
  readonly repair: Repair | undefined
  readonly smallWrite: SmallWrite
  readonly growth: Growth | undefined
}

/** Of one stripe that is repaired, counted from the moment repair begins. */
interface Durability {
  readonly repairAt: number
  readonly independent: Lifetime
  /** With failures of whole domains besides. */
  readonly domainCorrelated: Lifetime
}

interface Lifetime {
  readonly meanYearsToLoss: number
  readonly lossChancePerYear: number
}

/** Repairing one lost shard when all others are there: mean over the shards, and the worst of them. */
interface Repair {
  readonly shardsRead: number
  readonly mostShardsRead: number
  readonly bytesRead: number
}

/** Parity shards to read and rewrite when one data shard changes: mean over the data shards, and the worst of them. */
interface SmallWrite {
  readonly parityShards: number
  readonly mostParityShards: number
}

const hoursPerYear = 365.25 * 24

/** @throws CodecError SCHEME_INVALID */
export async function schemeFigures(
  text: string,
  assumptions: Assumptions,
  options: ProfileOptions,
): Promise<SchemeFigures> {
  const scheme = parseScheme(text)
  const codec = await createCodec(scheme, { engine: 'reference' })
  const { dataShards, totalShards, tolerance } = codec
  const profile = lossProfile(scheme, options)
  return {
    scheme: formatScheme(scheme),
    dataShards,
    totalShards,
    overhead: totalShards / dataShards,
    lossesAlwaysSurvived: tolerance,
    lossChances: assumptions.shardLossRates.map((rate) => ({ shardLossRate: rate, ...lossChance(profile, rate) })),
    unreadable: lossChance(profile, 1 - assumptions.nodesUp),
    durability: durability(profile, tolerance, assumptions),
    repair: tolerance === 0 ? undefined : repair(codec, assumptions.shardBytes),
    smallWrite: smallWrite(codec),
    growth: await smallestGrowth(scheme),
  }
}

function durability(profile: LossProfile, tolerance: number, assumptions: Assumptions): Durability {
  const { repairAt: wanted = Math.ceil(tolerance / 2), domains } = assumptions
  const repairAt = Math.max(1, Math.min(wanted, tolerance))
  const model = {
    lossesPerYear: rateOf(assumptions.annualFailureRate),
    repairsPerYear: hoursPerYear / assumptions.meanTimeToRepairHours,
    repairAt,
  }
  const failuresPerYear = rateOf(assumptions.annualDomainFailureRate)
  return {
    repairAt,
    independent: lifetime(meanYearsToLoss(profile, model)),
    domainCorrelated: lifetime(meanYearsToLoss(profile, { ...model, domains: { count: domains, failuresPerYear } })),
  }
}

/** What hits a share of all within a year, as a rate that each is under. */
function rateOf(annualShare: number): number {
  return -Math.log1p(-annualShare)
}

function lifetime(meanYears: number): Lifetime {
  return { meanYearsToLoss: meanYears, lossChancePerYear: -Math.expm1(-1 / meanYears) }
}

function repair(codec: Codec, shardBytes: number): Repair {
  const reads = Array.from({ length: codec.totalShards }, (_, shard) => codec.plan([shard]).sources.length)
  const shardsRead = mean(reads)
  return { shardsRead, mostShardsRead: Math.max(...reads), bytesRead: shardsRead * shardBytes }
}

function smallWrite(codec: Codec): SmallWrite {
  const counts = Array.from({ length: codec.dataShards }, (_, shard) => codec.paritiesOf(shard).length)
  return { parityShards: mean(counts), mostParityShards: Math.max(...counts) }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
