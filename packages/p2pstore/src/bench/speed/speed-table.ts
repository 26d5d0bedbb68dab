import { formatByteSize } from '../../byte-size.ts'
import { formatSpeed, short } from '../figure-text.ts'
import type { SpeedRow } from './measure-speed.ts'

/** Columns that hold numbers. */
export const speedNumberColumns = [1, 4, 5, 6, 7]

/** A row of headings and a row per measurement. */
export function speedTable(rows: readonly SpeedRow[]): string[][] {
  const headings = ['scheme', 'shard', 'operation', 'engine', 'threads', 'GB/s', 'from … to', 'ratio']
  const lines = rows.map((row) => [
    row.form,
    formatByteSize(row.shardBytes),
    formatOperation(row),
    row.engine,
    String(row.threads),
    formatSpeed(row.gigabytesPerSecond),
    `${formatSpeed(row.minimum)} … ${formatSpeed(row.maximum)}`,
    formatRatio(row, rows),
  ])
  return [headings, ...lines]
}

function formatOperation({ operation, lost }: SpeedRow): string {
  return operation === 'reconstruct' ? `reconstruct ${lost} lost` : operation
}

/** How many times as fast as the other library did the same, or else as fast as copying memory. */
export function formatRatio(row: SpeedRow, rows: readonly SpeedRow[]): string {
  const baselines = ['subspace-wasm', 'memcpy']
  if (baselines.includes(row.engine)) return ''
  const isSame = ({ scheme, shardBytes, operation, lost }: SpeedRow) =>
    scheme === row.scheme && shardBytes === row.shardBytes && operation === row.operation && lost === row.lost
  const ratios = baselines.flatMap((baseline) => {
    const other = rows.find((candidate) => candidate.engine === baseline && isSame(candidate))
    return other === undefined ? [] : [`${short(row.gigabytesPerSecond / other.gigabytesPerSecond)} × ${baseline}`]
  })
  return ratios[0] ?? ''
}
