/**
 * A whole network of real nodes and clients in which nothing happens by itself: time is virtual, chance comes from the seed,
 * the network and the disks are memory twins that fail when told to. The code under test is the code that runs on real
 * machines; it reaches all four through its ports and can't tell the difference. The same seed gives the same trace.
 */
import { createCodec } from '@p2pstore/codec'
import type { Client } from '@p2pstore/node'
import {
  createMemoryStore,
  type ManualClock,
  MemoryNetwork,
  type MemoryNode,
  type MemoryStore,
  manualClock,
} from '@p2pstore/node/memory'
import { Dice } from './dice.ts'
import { Disk } from './disk.ts'
import { Ledger } from './ledger.ts'
import { Links } from './links.ts'
import { Outages } from './outages.ts'
import { type Profile, profileOf } from './profile.ts'
import { Trace } from './trace.ts'

/** What operations are done with. */
export type Peer = Pick<Client, 'peerId' | 'closed' | 'status' | 'put' | 'get' | 'verify' | 'repair' | 'remove'>

/** Parts to put in place of the real ones, to see whether the checkers notice. */
export interface Plants {
  readonly store?: (store: MemoryStore, clock: ManualClock) => MemoryStore
  readonly peer?: (peer: Peer) => Peer
}

export interface WorldOptions {
  /** 0 … 2^32 − 1. */
  readonly seed: number
  /** Takes the lines of the trace. */
  readonly write?: ((line: string) => void) | undefined
  /** What the run is to be like where the seed should not decide. */
  readonly profile?: Partial<Profile> | undefined
  readonly plants?: Plants | undefined
}

/** A storage node with its disk. It is `lost` when it will never come back. */
export interface Machine {
  readonly name: string
  readonly disk: Disk
  /** The latest after a restart. */
  running: MemoryNode
  state: 'up' | 'moving' | 'crashed' | 'lost'
}

/** Someone who puts and gets: a client, or a storage node. */
export interface Driver {
  readonly name: string
  readonly peer: Peer
}

export interface ClientDriver extends Driver {
  readonly client: Client
}

const capacityBytes = 256 << 20

export class World {
  readonly seed: number
  readonly clock = manualClock()
  readonly profile: Profile
  readonly trace: Trace
  readonly outages = new Outages(this.clock)
  readonly links: Links
  readonly network: MemoryNetwork
  readonly ledger = new Ledger()
  readonly machines: Machine[] = []
  readonly clients: ClientDriver[] = []
  readonly #plants: Plants
  #clientCount = 0

  constructor({ seed, write, profile, plants = {} }: WorldOptions) {
    this.seed = seed
    this.#plants = plants
    this.profile = { ...profileOf(this.dice('profile')), ...profile }
    this.trace = new Trace(this.clock, write)
    this.links = new Links(this.dice('links'), this.outages, this.profile.latencyMs)
    const { random } = this.dice('peers')
    this.network = new MemoryNetwork({
      clock: this.clock,
      random,
      conditions: (from, to) => {
        const conditions = this.links.conditions(from, to)
        this.trace.mark(`${from} ${to} ${conditions.latencyMs}`)
        return conditions
      },
    })
  }

  /** Choices for one purpose. */
  dice(purpose: string): Dice {
    return new Dice(this.seed, purpose)
  }

  get nowMs(): number {
    return this.clock.monotonicMs()
  }

  sleep(durationMs: number): Promise<void> {
    return new Promise((resolve) => this.clock.setTimer(durationMs, resolve))
  }

  /** Machines that run now. */
  get up(): Machine[] {
    return this.machines.filter(({ state }) => state === 'up')
  }

  /** Everyone who can do something now. */
  get drivers(): Driver[] {
    const { peer = (same: Peer) => same } = this.#plants
    const nodes = this.up.map(({ name, running }) => ({ name, peer: peer(running.node) }))
    return [...this.clients, ...nodes]
  }

  async addMachine(): Promise<Machine> {
    const { store = (same: MemoryStore) => same } = this.#plants
    const disk = new Disk(store(createMemoryStore({ capacityBytes, clock: this.clock }), this.clock))
    const name = `n${this.machines.length + 1}`
    const running = await this.network.addNode(disk)
    const machine: Machine = { name, disk, running, state: 'up' }
    this.machines.push(machine)
    this.trace.event(`${name} starts`)
    return machine
  }

  async addClient(): Promise<ClientDriver> {
    const { peer = (same: Peer) => same } = this.#plants
    this.#clientCount += 1
    const name = `c${this.#clientCount}`
    const client = await this.network.addClient()
    const driver = { name, client, peer: peer(client) }
    this.clients.push(driver)
    this.trace.event(`${name} starts`)
    return driver
  }

  /** Stops a running machine; what was not durable is gone. */
  async crash(machine: Machine): Promise<void> {
    this.trace.event(`${machine.name} crashes`)
    this.ledger.crashed(machine.name)
    await this.#stop(machine, 'crashed')
  }

  async restart(machine: Machine): Promise<void> {
    machine.state = 'moving'
    machine.running = await this.network.restart(machine.running)
    machine.state = 'up'
    this.outages.end(machine.name)
    this.trace.event(`${machine.name} is back`)
  }

  /** Takes a running machine and its disk away for good. */
  async destroy(machine: Machine): Promise<void> {
    this.trace.event(`${machine.name} is destroyed`)
    this.ledger.destroyed(machine.name)
    await this.#stop(machine, 'lost')
  }

  async #stop(machine: Machine, state: 'crashed' | 'lost'): Promise<void> {
    machine.state = 'moving'
    this.outages.begin(machine.name)
    await this.network.crash(machine.running)
    machine.state = state
  }

  /** A client vanishes in the middle of whatever it was doing. */
  async dismiss(driver: ClientDriver): Promise<void> {
    this.trace.event(`${driver.name} leaves`)
    this.clients.splice(this.clients.indexOf(driver), 1)
    this.network.hub.crash(driver.client.peerId)
    await driver.client.close()
  }

  /** Names of the machines that a peer could not reach at some moment since, though they may come back. */
  awayFrom(peerId: string, sinceMs: number): Set<string> {
    const away = this.machines.filter(
      ({ name, state, running }) =>
        state !== 'lost' &&
        (this.outages.wasOut(name, sinceMs) || this.links.wasCut(peerId, running.identity.peerId, sinceMs)),
    )
    return new Set(away.map(({ name }) => name))
  }

  setFull(machine: Machine, isFull: boolean): void {
    this.trace.event(`${machine.name} is ${isFull ? 'full' : 'no longer full'}`)
    machine.disk.isFull = isFull
    if (isFull) this.outages.begin(diskName(machine))
    else this.outages.end(diskName(machine))
  }

  /** Machines that a peer could have stored something on at any moment since. */
  writableBy(peerId: string, sinceMs: number): Machine[] {
    const away = this.awayFrom(peerId, sinceMs)
    return this.up.filter((machine) => !away.has(machine.name) && !this.outages.wasOut(diskName(machine), sinceMs))
  }
}

function diskName({ name }: Machine): string {
  return `disk of ${name}`
}

/** @returns a world whose nodes and clients know each other */
export async function createWorld(options: WorldOptions): Promise<World> {
  // Compiles the kernels, which takes real time: it must be over before virtual time begins.
  await createCodec('rs:2+1')
  const world = new World(options)
  const { nodes, clients } = world.profile
  const build = async (): Promise<void> => {
    for (let count = 0; count < nodes; count += 1) await world.addMachine()
    for (let count = 0; count < clients; count += 1) await world.addClient()
    await world.sleep(settlingMs)
  }
  await world.clock.settle(build())
  return world
}

/** Until everyone has heard of everyone. */
const settlingMs = 3_000
