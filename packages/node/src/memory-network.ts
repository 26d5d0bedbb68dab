/**
 * A whole network of real nodes in one process: everything is as in a real one but the sockets and disks, whose memory twins
 * take their place. For the tests of apps, and for simulation, which brings its own clock and chance.
 */
import { Client } from './client.ts'
import { systemClock } from './clock/system-clock.ts'
import { createIdentity, type Identity, identitySeedBytes } from './identity/identity.ts'
import { silentLogger } from './logger/silent-logger.ts'
import { type Credential, issueCertificate, networkIdOf, type Role } from './membership/certificate.ts'
import type { Clock } from './ports/clock.ts'
import type { Logger } from './ports/logger.ts'
import type { Random } from './ports/random.ts'
import { systemRandom } from './random/system-random.ts'
import { StorageNode } from './storage-node.ts'
import { createMemoryStore, type MemoryStore } from './store/memory.ts'
import type { Conditions } from './transport/memory/conditions.ts'
import { createMemoryHub, type MemoryHub } from './transport/memory/hub.ts'

export interface MemoryNetworkOptions {
  /** Storage nodes to start with. Default 6. */
  readonly nodes?: number | undefined
  /** Of each node. Default 256 MiB. */
  readonly capacityBytes?: number | undefined
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
  readonly logger?: Logger | undefined
  /** Latency and bandwidth of the ways between peers. Default: none, no limit. */
  readonly conditions?: Conditions | undefined
}

/** A node of a memory network, with the parts that outlive its crashes. */
export interface MemoryNode {
  readonly node: StorageNode
  readonly identity: Identity
  readonly store: MemoryStore
}

/** @returns a network whose nodes know each other */
export async function createMemoryNetwork(options: MemoryNetworkOptions = {}): Promise<MemoryNetwork> {
  const network = new MemoryNetwork(options)
  for (let started = 0; started < (options.nodes ?? 6); started += 1) await network.addNode()
  return network
}

export class MemoryNetwork implements AsyncDisposable {
  readonly hub: MemoryHub
  readonly #authority: Identity
  readonly #clock: Clock
  readonly #random: Random
  readonly #logger: Logger
  readonly #capacityBytes: number
  readonly #nodes = new Map<string, MemoryNode>()
  /** What homes remember of addresses, across restarts. */
  readonly #everStarted = new Set<string>()
  readonly #clients = new Set<Client>()

  constructor(options: MemoryNetworkOptions) {
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? systemRandom
    this.#logger = options.logger ?? silentLogger
    this.#capacityBytes = options.capacityBytes ?? 256 << 20
    this.#authority = this.#newIdentity()
    const { conditions } = options
    this.hub = createMemoryHub({ clock: this.#clock, random: this.#random, ...(conditions && { conditions }) })
  }

  /** Nodes that are running, in the order in which they were started. */
  get nodes(): readonly MemoryNode[] {
    return [...this.#nodes.values()]
  }

  /** Starts a new node, and tells it of those that are running. @param store default: an empty one */
  async addNode(store: MemoryStore = this.#newStore()): Promise<MemoryNode> {
    return this.#startNode(this.#newIdentity(), store)
  }

  /** Ends a node without a word to anyone; what was not durable is lost. Start it again with {@link restart}. */
  async crash(node: MemoryNode): Promise<void> {
    const { peerId } = node.identity
    this.hub.crash(peerId)
    this.#nodes.delete(peerId)
    // Closing makes everything durable, so what is to be lost must be lost before it.
    node.store.crash()
    await node.node.close()
    node.store.crash()
  }

  restart(crashed: MemoryNode): Promise<MemoryNode> {
    return this.#startNode(crashed.identity, crashed.store)
  }

  /** Starts a client that is a member of the network. */
  async addClient(): Promise<Client> {
    const identity = this.#newIdentity()
    const client = new Client({ ...this.#partsFor(identity, 'client'), transport: this.hub.transport(identity.peerId) })
    this.#clients.add(client)
    await client.start()
    return client
  }

  async close(): Promise<void> {
    const peers = [...this.#clients, ...[...this.#nodes.values()].map(({ node }) => node)]
    await Promise.all(peers.map((peer) => peer.close()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #startNode(identity: Identity, store: MemoryStore): Promise<MemoryNode> {
    const transport = this.hub.transport(identity.peerId, { address: addressOf(identity.peerId) })
    const node = new StorageNode({ ...this.#partsFor(identity, 'storage'), transport, store })
    const started = { node, identity, store }
    await node.start()
    this.#nodes.set(identity.peerId, started)
    this.#everStarted.add(identity.peerId)
    return started
  }

  #partsFor(identity: Identity, role: Role) {
    const network = networkIdOf(this.#authority.peerId)
    const certificate = issueCertificate(this.#authority, network, identity.peerId, { role, expiresAtMs: 0 })
    const credential: Credential = { authority: this.#authority.peerId, chain: [certificate] }
    const bootstrap = [...this.#everStarted].map(addressOf)
    return { identity, credential, bootstrap, clock: this.#clock, random: this.#random, logger: this.#logger }
  }

  #newStore(): MemoryStore {
    return createMemoryStore({ capacityBytes: this.#capacityBytes, clock: this.#clock })
  }

  #newIdentity(): Identity {
    return createIdentity(this.#random.bytes(identitySeedBytes))
  }
}

function addressOf(peerId: string): string {
  return `/memory/p2p/${peerId}`
}
