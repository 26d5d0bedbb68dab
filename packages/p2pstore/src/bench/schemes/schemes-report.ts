import { parseScheme } from '@p2pstore/codec'
import { formatByteSize } from '../../byte-size.ts'
import { formatChance, formatSpeed, short } from '../figure-text.ts'
import type { Axis, Tick } from '../report/axis.ts'
import { formatBarChart } from '../report/bar-chart.ts'
import { formatHtmlTable, formatPage, type Section } from '../report/page.ts'
import { formatScatterChart } from '../report/scatter-chart.ts'
import type { Tone } from '../report/tone.ts'
import type { Assumptions, SchemeFigures } from './scheme-figures.ts'
import { explainTable, numberColumns, schemesTable } from './schemes-table.ts'

/** How fast a scheme encodes on this machine. */
interface EncodingSpeed {
  readonly scheme: string
  readonly engine: string
  readonly gigabytesPerSecond: number
  readonly minimum: number
  readonly maximum: number
}

export interface SchemesReport {
  readonly rows: readonly SchemeFigures[]
  readonly assumptions: Assumptions
  readonly speeds: readonly EncodingSpeed[]
  /** Of the machine that speeds were measured on. */
  readonly processor: string
  /** What makes the simulated figures come out the same again. */
  readonly seed: number
}

/** Beyond this no model of independent events is to be believed, and none of its figures is drawn. */
const leastDrawnChance = 1e-16
const leastCredibleChance = 1e-12
/** Schemes without parity are drawn here. */
const leastExtra = 0.05

const kindTones: Readonly<Record<string, Tone>> = {
  rs: 'blue',
  grid: 'red',
  local: 'green',
  mirror: 'purple',
  lines: 'ochre',
  xor: 'grey',
}

export function schemesReport({ rows, assumptions, speeds, processor, seed }: SchemesReport): string {
  return formatPage({
    title: 'What protection costs',
    lead: `${rows.length} ways to spread a stripe of data over machines, compared by what they survive, what they store, and what \
they make the network and the processor do.`,
    sections: [
      durabilitySection(rows, assumptions),
      availabilitySection(rows, assumptions),
      repairSection(rows),
      ...(speeds.length > 0 ? [speedSection(speeds, assumptions, processor)] : []),
      tableSection(rows, assumptions),
    ],
    footer: `p2pstore bench schemes --seed ${seed} · The same options and seed give the same figures, except for speed.`,
  })
}

function durabilitySection(rows: readonly SchemeFigures[], assumptions: Assumptions): Section {
  const { annualFailureRate, annualDomainFailureRate, domains, meanTimeToRepairHours } = assumptions
  const chance = (value: number) => Math.max(value, leastDrawnChance)
  const points = rows.map((row) => ({
    ...pointOf(row),
    y: chance(row.durability.independent.lossChancePerYear),
    otherY: chance(row.durability.domainCorrelated.lossChancePerYear),
  }))
  return {
    heading: 'Safety against storage',
    text: [
      `The chance that a stripe is lost within a year; up is safer, left is cheaper. Filled: nodes fail independently, \
${formatChance(annualFailureRate)} of them a year, and a lost shard is repaired within ${short(meanTimeToRepairHours)} hours on average. Hollow: \
besides, ${formatChance(annualDomainFailureRate)} of ${domains} domains a year fail with everything in them.`,
      'The length of the line is what independence was worth. Wide stripes put several shards into each domain, so they have more to lose. Points that would cover each other stand side by side.',
    ],
    body: formatScatterChart({
      description: 'Chance of loss within a year against storage overhead, by scheme',
      x: overheadAxis(rows),
      y: chanceAxis(
        'chance of loss within a year',
        points.flatMap(({ y, otherY }) => [y, otherY]),
      ),
      points,
      doubtful: {
        from: leastCredibleChance,
        note: 'beyond what any model can promise; points at the edge lie further up',
      },
    }),
  }
}

function availabilitySection(rows: readonly SchemeFigures[], { nodesUp }: Assumptions): Section {
  const points = rows.map((row) => ({ ...pointOf(row), y: Math.max(row.unreadable.chance, leastDrawnChance) }))
  return {
    heading: `Readable when ${formatChance(nodesUp)} of the nodes are up`,
    text: [
      'The chance that too many nodes are down at the moment of reading. Nothing is lost then, but it has to wait.',
    ],
    body: formatScatterChart({
      description: 'Chance that a stripe is unreadable against storage overhead, by scheme',
      x: overheadAxis(rows),
      y: chanceAxis(
        'chance to be unreadable',
        points.map(({ y }) => y),
      ),
      points,
    }),
  }
}

function repairSection(rows: readonly SchemeFigures[]): Section {
  const points = rows.flatMap((row) => (row.repair ? [{ ...pointOf(row), y: row.repair.shardsRead }] : []))
  const most = Math.max(2, ...points.map(({ y }) => y))
  const values = powersUpTo(2, most)
  const ticks = values.map((value) => ({ value, label: `${value} ×` }))
  return {
    heading: 'Traffic of a repair',
    text: ['How many bytes are read from other nodes for each byte rebuilt; down is cheaper, and so is left.'],
    body: formatScatterChart({
      description: 'Bytes read per byte repaired against storage overhead, by scheme',
      x: overheadAxis(rows),
      y: { title: 'read per byte rebuilt', first: 0.8, last: values.at(-1)! * 1.2, ticks },
      points,
    }),
  }
}

function speedSection(speeds: readonly EncodingSpeed[], { shardBytes }: Assumptions, processor: string): Section {
  const sorted = [...speeds].sort((a, b) => b.gigabytesPerSecond - a.gigabytesPerSecond)
  const bars = sorted.map(({ scheme, gigabytesPerSecond, minimum, maximum }) => ({
    name: scheme,
    tone: toneOf(scheme),
    value: gigabytesPerSecond,
    text: `${formatSpeed(gigabytesPerSecond)} GB/s`,
    range: [minimum, maximum] as const,
  }))
  return {
    heading: 'Speed of encoding',
    text: [
      `Gigabytes of data per second, one thread, shards of ${formatByteSize(shardBytes)}, measured now on ${processor}. The thin line goes from \
the slowest to the fastest round.`,
    ],
    body: formatBarChart({ description: 'Speed of encoding by scheme', groups: [{ heading: '', bars }] }),
  }
}

function tableSection(rows: readonly SchemeFigures[], assumptions: Assumptions): Section {
  return {
    heading: 'All figures',
    text: [explainTable(assumptions)],
    body: formatHtmlTable(schemesTable(rows, assumptions), numberColumns),
  }
}

function pointOf({ scheme, overhead }: SchemeFigures) {
  return { name: scheme, tone: toneOf(scheme), x: Math.max(overhead - 1, leastExtra) }
}

function toneOf(scheme: string): Tone {
  return kindTones[parseScheme(scheme).kind] ?? 'grey'
}

/** What is stored in addition to the data, on a logarithmic scale: there, 1.25 and 1.5 are as far apart as 2 and 3. */
function overheadAxis(rows: readonly SchemeFigures[]): Axis {
  const extras = rows.map(({ overhead }) => Math.max(overhead - 1, leastExtra))
  const [least, most] = [Math.min(...extras) / 1.4, Math.max(...extras) * 1.4]
  const extrasToName = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.5, 2, 3, 5, 10, 20, 50, 100, 200]
  const ticks = extrasToName
    .filter((extra) => extra >= least && extra <= most)
    .map((extra) => ({ value: extra, label: `${Number((1 + extra).toFixed(2))} ×` }))
  return { title: 'stored per byte of data', first: least, last: most, ticks }
}

/** Safe is up: from the worst chance at the bottom to the best, in whole powers of ten. */
function chanceAxis(title: string, chances: readonly number[]): Axis {
  const worst = Math.min(Math.ceil(Math.log10(Math.max(...chances)) + 0.2), 0)
  const best = Math.floor(Math.log10(Math.min(...chances)) - 0.2)
  const step = Math.ceil((worst - best) / 9)
  const ticks: Tick[] = []
  for (let power = worst; power >= best; power -= step) ticks.push({ value: 10 ** power, label: oneIn(-power) })
  return { title, first: 10 ** worst, last: 10 ** best, ticks }
}

function oneIn(power: number): string {
  if (power === 0) return 'certain'
  return power <= 3
    ? `1 in ${10 ** power}`
    : `1 in 10${[...String(power)].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('')}`
}

function powersUpTo(base: number, most: number): number[] {
  const powers = [1]
  while (powers.at(-1)! < most) powers.push(powers.at(-1)! * base)
  return powers
}
