/**
 * Timing contestants so that their ratios hold on a machine that has other things to do.
 *
 * All are warmed up until they get no faster: programs are generated while running, and the JavaScript engine replaces code by
 * better code in the background. Then come rounds; in each round every contestant runs for the same short time, in an order
 * that moves on by one from round to round, so that a slow moment of the machine slows all of them. The median over the rounds
 * is the result.
 */
import { setImmediate as otherEvents } from 'node:timers/promises'
import type { Contestant } from './contestant.ts'

/** Long against the clock's resolution, short against what else the machine does. */
export const roundMs = 6
/** With threads: helpers that sleep between rounds are late for the first run of each. */
export const threadedRoundMs = 30

export interface RaceOptions {
  readonly rounds: number
  /** How long each contestant runs in each round, about; at least once. */
  readonly roundMs: number
  /** Monotonic. */
  readonly nowMs: () => number
  readonly signal: AbortSignal
}

export interface Timing {
  /** Of one run. */
  readonly medianMs: number
  readonly fastestMs: number
  readonly slowestMs: number
}

/** Warming up ends after so many attempts in a row that were no faster than any before, give or take. */
const patience = 5
const tolerance = 0.97
const longestWarmUpMs = 2_000

/** @returns timings in the order of contestants; throws the signal's reason */
export async function race(contestants: readonly Contestant[], options: RaceOptions): Promise<Timing[]> {
  const runs: number[] = []
  for (const contestant of contestants) runs.push(await warmUp(contestant, options))
  const times: number[][] = contestants.map(() => [])
  for (let round = 0; round < options.rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const index = (round + turn) % contestants.length
      times[index]!.push(await time(contestants[index]!, runs[index]!, options))
    }
  }
  return times.map(timingOf)
}

/** @returns how many runs fill a round */
async function warmUp(contestant: Contestant, options: RaceOptions): Promise<number> {
  const { nowMs, roundMs } = options
  const startedMs = nowMs()
  await contestant.repeat(contestant.coldRuns)
  let runs = 1
  let fastestMs = Number.POSITIVE_INFINITY
  for (let idle = 0; idle < patience && nowMs() - startedMs < longestWarmUpMs; idle++) {
    const onceMs = await time(contestant, runs, options)
    if (onceMs < fastestMs * tolerance) idle = -1
    fastestMs = Math.min(fastestMs, onceMs)
    runs = Math.max(1, Math.min(Math.ceil(roundMs / fastestMs), runs * 100))
  }
  return runs
}

/** Milliseconds per run. */
async function time(contestant: Contestant, runs: number, { nowMs, signal }: RaceOptions): Promise<number> {
  await otherEvents()
  signal.throwIfAborted()
  const startedMs = nowMs()
  const done = contestant.repeat(runs)
  if (done !== undefined) await done
  return Math.max(nowMs() - startedMs, 1e-6) / runs
}

function timingOf(times: readonly number[]): Timing {
  const sorted = [...times].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const medianMs = (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2
  return { medianMs, fastestMs: sorted[0]!, slowestMs: sorted.at(-1)! }
}
