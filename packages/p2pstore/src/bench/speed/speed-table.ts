import { formatByteSize } from '../../byte-size.ts'
import { formatSpeed, short } from '../figure-text.ts'
import type { SpeedRow } from './measure-speed.ts'

/** Columns that hold numbers. */
export const speedNumberColumns = [1, 4, 5, 6, 7, 8, 9, 10]

const ratioColumns = [
  ['× subspace-wasm', 'timesBaseline'],
  ['× its encode', 'timesBaselineEncode'],
  ['× memcpy', 'timesMemcpy'],
  ['× 1 thread', 'timesOneThread'],
] as const

/** A row of headings and a row per measurement. Columns for ratios are there where any row has one. */
export function speedTable(rows: readonly SpeedRow[]): string[][] {
  const ratios = ratioColumns.filter(([, ratio]) => rows.some((row) => row[ratio] !== undefined))
  const headings = ['scheme', 'shard', 'operation', 'engine', 'threads', 'GB/s', 'from … to']
  const lines = rows.map((row) => [
    row.form,
    formatByteSize(row.shardBytes),
    formatOperation(row),
    row.engine,
    String(row.threads),
    formatSpeed(row.gigabytesPerSecond),
    `${formatSpeed(row.minimum)} … ${formatSpeed(row.maximum)}`,
    ...ratios.map(([, ratio]) => (row[ratio] === undefined ? '' : short(row[ratio]))),
  ])
  return [[...headings, ...ratios.map(([heading]) => heading)], ...lines]
}

function formatOperation({ operation, lost }: SpeedRow): string {
  return operation === 'reconstruct' ? `reconstruct ${lost} lost` : operation
}
