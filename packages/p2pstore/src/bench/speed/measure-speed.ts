import { codeOf, type EngineName, parseScheme } from '@p2pstore/codec'
import { copyContestant, type ReedSolomonErasure, subspaceContestant } from './baseline-contestants.ts'
import { codecContestant } from './codec-contestant.ts'
import { type Contestant, type Discipline, isEncoding, type Operation } from './contestant.ts'
import { type RaceOptions, race, type Timing } from './race.ts'

export interface SpeedOptions extends RaceOptions {
  readonly schemes: readonly string[]
  readonly shardBytes: readonly number[]
  readonly operations: readonly Operation[]
  /** How many shards are lost, for `reconstruct`: one discipline each. */
  readonly lost: readonly number[]
  /** Undefined: the one that the codec chooses. */
  readonly engines: readonly (EngineName | undefined)[]
  readonly threads: readonly number[]
  /** What to compare with, if anything. */
  readonly baseline: ReedSolomonErasure | undefined
  readonly onDiscipline: (discipline: Discipline) => void
}

export interface SpeedRow extends Discipline, Ratios {
  readonly engine: string
  readonly form: string
  readonly threads: number
  /** Of data, 10^9 bytes: all data shards of a stripe over the time of one operation on it. Median of the rounds. */
  readonly gigabytesPerSecond: number
  /** Of the slowest round. */
  readonly minimum: number
  /** Of the fastest round. */
  readonly maximum: number
}

/** How many times as fast as something measured in the same rounds; undefined where that can't do it, or wasn't asked for. */
interface Ratios {
  /** As the other library at the same operation. */
  readonly timesBaseline: number | undefined
  /** As the other library encodes the same scheme in shards of the same size. */
  readonly timesBaselineEncode: number | undefined
  /** As memory is copied. */
  readonly timesMemcpy: number | undefined
  /** As the same engine with one thread; for several threads only. */
  readonly timesOneThread: number | undefined
}

/** One race after another. What no engine can do has no rows. */
export async function measureSpeed(options: SpeedOptions): Promise<SpeedRow[]> {
  const rows: SpeedRow[] = []
  for (const discipline of disciplines(options)) {
    options.onDiscipline(discipline)
    const contestants = await enter(discipline, options)
    if (contestants.length === 0) continue
    const encoder = baselineEncoder(discipline, options)
    try {
      const timings = await race(encoder ? [...contestants, encoder] : contestants, options)
      const alone = (engine: string) =>
        timings[contestants.findIndex((other) => other.engine === engine && other.threads === 1)]?.medianMs
      const baselineMs = alone('subspace-wasm')
      const baselineEncodeMs = encoder ? timings.at(-1)!.medianMs : baselineMs
      const others = { baselineMs, baselineEncodeMs, memcpyMs: alone('memcpy') }
      for (const [index, contestant] of contestants.entries()) {
        const oneThreadMs = contestant.threads > 1 ? alone(contestant.engine) : undefined
        rows.push(rowOf(discipline, contestant, timings[index]!, { ...others, oneThreadMs }))
      }
    } finally {
      for (const contestant of contestants) contestant[Symbol.dispose]()
    }
  }
  return rows
}

function disciplines({ schemes, shardBytes, operations, lost }: SpeedOptions): Discipline[] {
  return schemes.flatMap((scheme) =>
    shardBytes.flatMap((shardBytes) =>
      operations.flatMap((operation) =>
        (operation === 'reconstruct' ? lost : [0]).map((lost) => ({ scheme, shardBytes, operation, lost })),
      ),
    ),
  )
}

/** The baselines enter only where there is something to compare with them. */
async function enter(discipline: Discipline, { engines, threads, baseline }: SpeedOptions): Promise<Contestant[]> {
  const ours: (Contestant | undefined)[] = []
  for (const engine of engines) {
    for (const count of threads) ours.push(await codecContestant(discipline, engine, count))
  }
  const entered = ours.filter((contestant) => contestant !== undefined)
  if (baseline === undefined || entered.length === 0) return entered
  const others = [subspaceContestant(baseline, discipline), copyContestant(discipline)]
  return [...entered, ...others.filter((contestant) => contestant !== undefined)]
}

/**
 * Encoding by the other library, in disciplines that are something else: it runs beside the contestants without a row of its
 * own, for ratios that hold whatever the machine does meanwhile.
 */
function baselineEncoder(discipline: Discipline, { baseline }: SpeedOptions): Contestant | undefined {
  if (baseline === undefined || isEncoding(discipline)) return undefined
  return subspaceContestant(baseline, { ...discipline, operation: 'encode', lost: 0 })
}

/** What to compare with: medians of one run. */
interface Others {
  readonly baselineMs: number | undefined
  readonly baselineEncodeMs: number | undefined
  readonly memcpyMs: number | undefined
  readonly oneThreadMs: number | undefined
}

function rowOf(
  discipline: Discipline,
  { engine, form, threads }: Contestant,
  { medianMs, slowestMs, fastestMs }: Timing,
  { baselineMs, baselineEncodeMs, memcpyMs, oneThreadMs }: Others,
): SpeedRow {
  const { dataShards } = codeOf(parseScheme(discipline.scheme))
  const speed = (runMs: number) => (dataShards * discipline.shardBytes) / runMs / 1e6
  const times = (otherMs: number | undefined) => (otherMs === undefined ? undefined : otherMs / medianMs)
  return {
    ...discipline,
    engine,
    form,
    threads,
    gigabytesPerSecond: speed(medianMs),
    minimum: speed(slowestMs),
    maximum: speed(fastestMs),
    timesBaseline: times(baselineMs),
    timesBaselineEncode: times(baselineEncodeMs),
    timesMemcpy: times(memcpyMs),
    timesOneThread: times(oneThreadMs),
  }
}
