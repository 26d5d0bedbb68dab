import type { Client } from '@p2pstore/node'
import {
  type Conditions,
  createMemoryStore,
  type ManualClock,
  MemoryNetwork,
  type MemoryNode,
  type MemoryStore,
} from '@p2pstore/node/memory'
import type { Dice } from './dice.ts'
import { Disk } from './disk.ts'
import type { Ledger } from './ledger.ts'
import type { Links } from './links.ts'
import type { Outages } from './outages.ts'
import type { Trace } from './trace.ts'

/** What operations are done with. */
export type Peer = Pick<Client, 'peerId' | 'closed' | 'status' | 'put' | 'get' | 'verify' | 'repair' | 'remove'>

/** Parts to put in place of the real ones, to see whether the checkers notice. */
export interface Plants {
  readonly store?: (store: MemoryStore, clock: ManualClock) => MemoryStore
  readonly peer?: (peer: Peer) => Peer
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

export interface ClusterParts {
  readonly clock: ManualClock
  /** Where the peers' own chance comes from. */
  readonly dice: Dice
  readonly conditions: Conditions
  readonly links: Links
  readonly outages: Outages
  readonly ledger: Ledger
  readonly trace: Trace
  readonly plants: Plants
}

const capacityBytes = 256 << 20

/** The machines of a world, the lost ones included, its clients, and what becomes of them. */
export class Cluster {
  readonly network: MemoryNetwork
  readonly machines: Machine[] = []
  readonly clients: ClientDriver[] = []
  readonly #parts: ClusterParts
  #machineCount = 0
  #clientCount = 0

  constructor(parts: ClusterParts) {
    this.#parts = parts
    const { clock, conditions, dice } = parts
    this.network = new MemoryNetwork({ clock, random: dice.random, conditions })
  }

  /** Machines that run now. */
  get up(): Machine[] {
    return this.machines.filter(({ state }) => state === 'up')
  }

  /** Everyone who can do something now. */
  get drivers(): Driver[] {
    const { peer = (same: Peer) => same } = this.#parts.plants
    const nodes = this.up.map(({ name, running }) => ({ name, peer: peer(running.node) }))
    return [...this.clients, ...nodes]
  }

  async addMachine(): Promise<Machine> {
    const { store = (same: MemoryStore) => same } = this.#parts.plants
    const disk = new Disk(store(createMemoryStore({ capacityBytes, clock: this.#parts.clock }), this.#parts.clock))
    this.#machineCount += 1
    const name = `n${this.#machineCount}`
    const running = await this.network.addNode(disk)
    const machine: Machine = { name, disk, running, state: 'up' }
    this.machines.push(machine)
    this.#parts.trace.event(`${name} starts`)
    return machine
  }

  /** A machine that comes when others are at work: nobody relies on it before they have heard of it. */
  async addLateMachine(): Promise<Machine> {
    const machine = await this.addMachine()
    this.#parts.outages.note(machine.name)
    return machine
  }

  async addClient(): Promise<ClientDriver> {
    const { peer = (same: Peer) => same } = this.#parts.plants
    this.#clientCount += 1
    const name = `c${this.#clientCount}`
    const client = await this.network.addClient()
    const driver = { name, client, peer: peer(client) }
    this.clients.push(driver)
    this.#parts.trace.event(`${name} starts`)
    return driver
  }

  /** Stops a running machine; what was not durable is gone. */
  async crash(machine: Machine): Promise<void> {
    this.#parts.trace.event(`${machine.name} crashes`)
    this.#parts.ledger.crashed(machine.name)
    await this.#stop(machine, 'crashed')
  }

  async restart(machine: Machine): Promise<void> {
    machine.state = 'moving'
    machine.running = await this.network.restart(machine.running)
    machine.state = 'up'
    this.#parts.outages.end(machine.name)
    this.#parts.trace.event(`${machine.name} is back`)
  }

  /** Takes a running machine and its disk away for good. */
  async destroy(machine: Machine): Promise<void> {
    this.#parts.trace.event(`${machine.name} is destroyed`)
    this.#parts.ledger.destroyed(machine.name)
    await this.#stop(machine, 'lost')
  }

  async #stop(machine: Machine, state: 'crashed' | 'lost'): Promise<void> {
    machine.state = 'moving'
    this.#parts.outages.begin(machine.name)
    await this.network.crash(machine.running)
    machine.state = state
  }

  /** A client vanishes in the middle of whatever it was doing. */
  async dismiss(driver: ClientDriver): Promise<void> {
    this.#parts.trace.event(`${driver.name} leaves`)
    this.clients.splice(this.clients.indexOf(driver), 1)
    this.network.hub.crash(driver.client.peerId)
    await driver.client.close()
  }

  /** Names of the machines that a peer could not reach at some moment since, though they may come back. */
  awayFrom(peerId: string, sinceMs: number): Set<string> {
    const away = this.machines.filter(
      ({ name, state, running }) =>
        state !== 'lost' &&
        (this.#parts.outages.wasOut(name, sinceMs) ||
          this.#parts.links.wasCut(peerId, running.identity.peerId, sinceMs)),
    )
    return new Set(away.map(({ name }) => name))
  }

  setFull(machine: Machine, isFull: boolean): void {
    this.#parts.trace.event(`${machine.name} is ${isFull ? 'full' : 'no longer full'}`)
    machine.disk.isFull = isFull
    if (isFull) this.#parts.outages.begin(diskName(machine))
    else this.#parts.outages.end(diskName(machine))
  }

  /** Machines that a peer could have stored something on at any moment since. */
  writableBy(peerId: string, sinceMs: number): Machine[] {
    const away = this.awayFrom(peerId, sinceMs)
    return this.up.filter(
      (machine) => !away.has(machine.name) && !this.#parts.outages.wasOut(diskName(machine), sinceMs),
    )
  }
}

function diskName({ name }: Machine): string {
  return `disk of ${name}`
}
