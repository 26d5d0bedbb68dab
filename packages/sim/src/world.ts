/**
 * A whole network of real nodes and clients in which nothing happens by itself: time is virtual, chance comes from the seed,
 * the network and the disks are memory twins that fail when told to. The code under test is the code that runs on real
 * machines; it reaches all four through its ports and can't tell the difference. The same seed gives the same trace.
 */
import { createCodec } from '@p2pstore/codec'
import { type Conditions, manualClock } from '@p2pstore/node/memory'
import { Cluster, type Plants } from './cluster.ts'
import { Dice } from './dice.ts'
import { Ledger } from './ledger.ts'
import { Links } from './links.ts'
import { Outages } from './outages.ts'
import { type Profile, profileOf } from './profile.ts'
import { Trace } from './trace.ts'

export interface WorldOptions {
  /** 0 … 2^32 − 1. */
  readonly seed: number
  /** Takes the lines of the trace. */
  readonly write?: ((line: string) => void) | undefined
  /** What the run is to be like where the seed should not decide. */
  readonly profile?: Partial<Profile> | undefined
  readonly plants?: Plants | undefined
}

export class World {
  readonly clock = manualClock()
  readonly profile: Profile
  readonly trace: Trace
  readonly links: Links
  readonly ledger = new Ledger()
  readonly cluster: Cluster
  readonly #seed: number

  constructor({ seed, write, profile, plants = {} }: WorldOptions) {
    this.#seed = seed
    this.profile = { ...profileOf(this.dice('profile')), ...profile }
    const { clock, ledger } = this
    const outages = new Outages(clock)
    this.trace = new Trace(clock, write)
    this.links = new Links(this.dice('links'), outages, this.profile.latencyMs)
    const { links, trace } = this
    const conditions: Conditions = (from, to) => {
      const found = links.conditions(from, to)
      trace.mark(`${from} ${to} ${found.latencyMs}`)
      return found
    }
    this.cluster = new Cluster({ clock, dice: this.dice('peers'), conditions, links, outages, ledger, trace, plants })
  }

  /** Choices for one purpose. */
  dice(purpose: string): Dice {
    return new Dice(this.#seed, purpose)
  }

  get nowMs(): number {
    return this.clock.monotonicMs()
  }

  sleep(durationMs: number): Promise<void> {
    return new Promise((resolve) => this.clock.setTimer(durationMs, resolve))
  }
}

/** Until whoever is new has heard of everyone. */
export const introductionMs = 5_000

/** @returns a world whose nodes and clients know each other */
export async function createWorld(options: WorldOptions): Promise<World> {
  // Compiles the kernels, which takes real time: it must be over before virtual time begins.
  await createCodec('rs:2+1')
  const world = new World(options)
  const { cluster, profile } = world
  const build = async (): Promise<void> => {
    for (let count = 0; count < profile.nodes; count += 1) await cluster.addMachine()
    for (let count = 0; count < profile.clients; count += 1) await cluster.addClient()
    await world.sleep(introductionMs)
  }
  await world.clock.settle(build())
  return world
}
