import { type ManualClock, manualClock } from '@p2pstore/node/memory'
import { Dice } from '../../dice.ts'
import { syntheticInternet } from '../internet.ts'
import { GossipNetwork, type NetworkOptions, type SimulatedNode } from '../network.ts'

/** What a figure is measured in. */
export interface World {
  readonly clock: ManualClock
  readonly dice: Dice
  readonly network: GossipNetwork
  readonly roundTripUs: (a: number, b: number) => number
}

/** What every measurement is made with. */
export interface Measurement {
  readonly nodes: number
  readonly seed: number
  /** Told how far it has come, in a few words. Default: nobody is told. */
  readonly progress?: Progress
  /** Makes a mistake in a node, to show that it is noticed. */
  readonly plant?: (node: SimulatedNode) => void
}

export type Progress = (text: string) => void

export interface WorldOptions
  extends Measurement,
    Partial<Pick<NetworkOptions, 'groups' | 'lossPerMille' | 'roundIntervalMs'>> {
  /** Each has chances of its own. */
  readonly purpose: string
}

const stepMs = 250
const tooLongMs = 120_000
/** Gossip waits on nothing but its clock. */
const timersPerTurn = 64

/** One group, rounds of a second and no loss, unless told otherwise. */
export function createWorld({ nodes, seed, purpose, plant = () => {}, ...options }: WorldOptions): World {
  const clock = manualClock({ timersPerTurn })
  const dice = new Dice(seed, purpose)
  const roundTripUs = syntheticInternet(nodes, () => dice.random.uint32())
  const { groups = 1, lossPerMille = 0, roundIntervalMs = 1_000 } = options
  const network = new GossipNetwork({ nodes, groups, lossPerMille, roundIntervalMs, clock, dice, roundTripUs })
  for (const node of network.nodes) plant(node)
  return { clock, dice, network, roundTripUs }
}

/** Lets time pass, telling of it each tenth of the way. */
export async function live(clock: ManualClock, durationMs: number, progress: Progress = () => {}): Promise<void> {
  for (let tenths = 1; tenths <= 10; tenths++) {
    await clock.advance(durationMs / 10)
    progress(`${Math.round((durationMs * tenths) / 10_000)} of ${Math.round(durationMs / 1000)} s`)
  }
}

/** How long it takes until something is so. @throws Error when that is longer than two minutes */
export async function timeUntil(clock: ManualClock, isSo: () => boolean): Promise<number> {
  const startMs = clock.monotonicMs()
  while (!isSo()) {
    if (clock.monotonicMs() - startMs >= tooLongMs) throw new Error(`it is still not so after ${tooLongMs / 1000} s`)
    await clock.advance(stepMs)
  }
  return clock.monotonicMs() - startMs
}
