import { codeOf, type EngineName, parseScheme } from '@p2pstore/codec'
import { copyContestant, type ReedSolomonErasure, subspaceContestant } from './baseline-contestants.ts'
import { codecContestant } from './codec-contestant.ts'
import type { Contestant, Discipline, Operation } from './contestant.ts'
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

export interface SpeedRow extends Discipline {
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

/** One race after another. What no engine can do has no rows. */
export async function measureSpeed(options: SpeedOptions): Promise<SpeedRow[]> {
  const rows: SpeedRow[] = []
  for (const discipline of disciplines(options)) {
    options.onDiscipline(discipline)
    const contestants = await enter(discipline, options)
    try {
      const timings = contestants.length > 0 ? await race(contestants, options) : []
      rows.push(...timings.map((timing, index) => rowOf(discipline, contestants[index]!, timing)))
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

function rowOf(discipline: Discipline, { engine, form, threads }: Contestant, timing: Timing): SpeedRow {
  const { dataShards } = codeOf(parseScheme(discipline.scheme))
  const speed = (runMs: number) => (dataShards * discipline.shardBytes) / runMs / 1e6
  return {
    ...discipline,
    engine,
    form,
    threads,
    gigabytesPerSecond: speed(timing.medianMs),
    minimum: speed(timing.slowestMs),
    maximum: speed(timing.fastestMs),
  }
}
