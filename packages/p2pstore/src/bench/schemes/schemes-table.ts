import { formatChance, formatLossChance, formatYears, short } from '../figure-text.ts'
import type { Growth } from '../growth.ts'
import type { Assumptions, SchemeFigures } from './scheme-figures.ts'

/** Columns that hold numbers. */
export const numberColumns = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]

/** A row of headings and a row per scheme. */
export function schemesTable(rows: readonly SchemeFigures[], { nodesUp, shardLossRates }: Assumptions): string[][] {
  const headings = [
    ...['scheme', 'overhead', 'survives', `unreadable, ${formatChance(nodesUp)} up`],
    ...shardLossRates.map((rate) => `lost at ${formatChance(rate)}`),
    ...['years to loss', 'with domains', 'repair reads', 'rewrites', 'to grow'],
  ]
  return [headings, ...rows.map(schemeRow)]
}

function schemeRow(figures: SchemeFigures): string[] {
  const { scheme, overhead, lossesAlwaysSurvived, unreadable, lossChances, durability, repair, smallWrite } = figures
  return [
    ...[scheme, overhead.toFixed(2), String(lossesAlwaysSurvived), formatLossChance(unreadable)],
    ...lossChances.map(formatLossChance),
    formatYears(durability.independent.meanYearsToLoss),
    formatYears(durability.domainCorrelated.meanYearsToLoss),
    repair === undefined ? '–' : short(repair.shardsRead),
    short(smallWrite.parityShards),
    formatGrowth(figures.growth),
  ]
}

/** New data shards, then old shards to read and shards to write. */
function formatGrowth(growth: Growth | undefined): string {
  if (growth === undefined) return '–'
  return `+${growth.joins} r${growth.reads} w${growth.writes}`
}

/** What the table means, in a few lines. */
export function explainTable({ annualFailureRate, annualDomainFailureRate, ...assumed }: Assumptions): string {
  return `overhead: stored bytes per byte of data. survives: losses always survived. unreadable, lost: chance that a stripe can't be
decoded; ~ is simulated. years to loss: mean time until a stripe is lost, from when repair begins, with ${formatChance(annualFailureRate)} of
the nodes failing for good a year and repair taking ${short(assumed.meanTimeToRepairHours)} h; with domains: when ${formatChance(annualDomainFailureRate)} of ${assumed.domains} domains
a year fail as well. repair reads: shards, to rebuild one. rewrites: parity shards, when one data shard changes.
to grow: data shards that join, old shards read, shards written.`
}
