import { formatByteSize } from '../../byte-size.ts'
import { formatSpeed, short } from '../figure-text.ts'
import { type BarGroup, formatBarChart } from '../report/bar-chart.ts'
import { formatHtmlTable, formatPage, type Section } from '../report/page.ts'
import type { Tone } from '../report/tone.ts'
import type { Machine } from './machine.ts'
import type { SpeedRow } from './measure-speed.ts'
import { speedNumberColumns, speedTable } from './speed-table.ts'

const engineTones: Readonly<Record<string, Tone>> = {
  'xor-program': 'blue',
  swizzle: 'green',
  reference: 'grey',
  'subspace-wasm': 'red',
  memcpy: 'ochre',
}

const meanings: Readonly<Record<SpeedRow['operation'], string>> = {
  encode: 'All parities from all data, in WebAssembly memory that the caller filled.',
  'encode-copied': 'The same for arrays that lie elsewhere and are copied in and out.',
  reconstruct: 'Lost data shards from what is left.',
  update: 'One data shard changes; its parities are brought up to date without the others.',
  verify: 'Whether all shards agree.',
  join: 'The scheme grows by its smallest step; parities are brought up to date.',
}

/** A page with a chart for each operation. */
export function speedReport(rows: readonly SpeedRow[], machine: Machine): string {
  const operations = [...new Set(rows.map(({ operation }) => operation))]
  const sections = operations.map((operation) => operationSection(operation, rows))
  const everything = {
    heading: 'All figures',
    text: ['Medians of the rounds, and from the slowest to the fastest round.'],
    body: formatHtmlTable(speedTable(rows), speedNumberColumns),
  }
  return formatPage({
    title: 'How fast the codec is',
    lead: `Gigabytes of data per second: all data shards of a stripe, over the time that the operation takes on it. Also where an \
operation touches only some of them, so that its bars compare times. The thin line goes from the slowest to the fastest round.`,
    sections: [...sections, everything],
    footer: `p2pstore bench codec · ${machine.processor}, ${machine.cores} cores, ${machine.platform} ${machine.architecture} · \
Node ${machine.node}, V8 ${machine.v8}`,
  })
}

function operationSection(operation: SpeedRow['operation'], rows: readonly SpeedRow[]): Section {
  const groups = new Map<string, SpeedRow[]>()
  for (const row of rows.filter((row) => row.operation === operation)) {
    const lost = operation === 'reconstruct' ? `, ${row.lost} lost` : ''
    const heading = `${row.scheme} · ${formatByteSize(row.shardBytes)}${lost}`
    groups.set(heading, [...(groups.get(heading) ?? []), row])
  }
  const chart: BarGroup[] = [...groups].map(([heading, rows]) => ({
    heading,
    bars: rows.map(barOf),
  }))
  return {
    heading: operation,
    text: [meanings[operation]],
    body: formatBarChart({ description: `Speed of ${operation} by scheme and engine`, groups: chart }),
  }
}

function barOf(row: SpeedRow) {
  const { engine, threads, gigabytesPerSecond, minimum, maximum } = row
  return {
    name: threads > 1 ? `${engine}, ${threads} threads` : engine,
    tone: engineTones[engine] ?? 'purple',
    value: gigabytesPerSecond,
    text: [`${formatSpeed(gigabytesPerSecond)} GB/s`, ...ratiosOf(row)].join(' · '),
    range: [minimum, maximum] as const,
  }
}

/** What a bar says about the other library; about copying memory where the other library can't do it. */
function ratiosOf({ engine, operation, timesBaseline, timesBaselineEncode, timesMemcpy }: SpeedRow): string[] {
  if (engine === 'subspace-wasm' || engine === 'memcpy') return []
  const isOther = operation === 'reconstruct' || timesBaseline === undefined
  const ratios = [
    [timesBaseline, '× subspace-wasm'],
    [
      isOther ? timesBaselineEncode : undefined,
      timesBaseline === undefined ? '× subspace-wasm encoding' : '× its encoding',
    ],
    [timesBaselineEncode === undefined ? timesMemcpy : undefined, '× memcpy'],
  ] as const
  return ratios.flatMap(([ratio, unit]) => (ratio === undefined ? [] : [`${short(ratio)} ${unit}`]))
}
