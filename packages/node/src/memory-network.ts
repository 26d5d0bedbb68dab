/**
 * A whole network of real nodes in one process: everything is as in a real one but the sockets and disks, whose memory twins
 * take their place. For the tests of apps, and for simulation, which brings its own clock and chance.
 */
import { Client } from './client.ts'
import { systemClock } from './clock/system-clock.ts'
import { createIdentity, type Identity, identitySeedBytes } from './identity/identity.ts'
import { silentLogger } from './logger/silent-logger.ts'
import { type Authority, certify } from './membership/authority.ts'
import type { Credential } from './membership/certificate.ts'
import type { Role } from './membership/role.ts'
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
  readonly credential: Credential
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
  /** Signs invites and rulings. */
  readonly authority: Authority
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
    const key = this.#newIdentity()
    this.authority = { key, founder: key.peerId, succession: [] }
    const { conditions } = options
    this.hub = createMemoryHub({ clock: this.#clock, random: this.#random, ...(conditions && { conditions }) })
  }

  /** Nodes that are running, in the order in which they were started. */
  get nodes(): readonly MemoryNode[] {
    return [...this.#nodes.values()]
  }

  /**
   * Starts a new node, and tells it of those that are running.
   * @param store default: an empty one
   * @param domain that it is certified to be in. Default: its own
   */
  async addNode(store: MemoryStore = this.#newStore(), domain?: string): Promise<MemoryNode> {
    const identity = this.#newIdentity()
    const credential = certify(this.authority, identity.peerId, { role: 'storage', expiresAtMs: 0, domain })
    return this.#startNode({ identity, credential, store })
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
    return this.#startNode(crashed)
  }

  /** Starts a member of the network that stores nothing. */
  async addClient(role: Role = 'client'): Promise<Client> {
    const identity = this.#newIdentity()
    const credential = certify(this.authority, identity.peerId, { role, expiresAtMs: 0 })
    const client = new Client({
      ...this.#shared(),
      identity,
      credential,
      transport: this.hub.transport(identity.peerId),
    })
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

  async #startNode(parts: Omit<MemoryNode, 'node'>): Promise<MemoryNode> {
    const { peerId } = parts.identity
    const transport = this.hub.transport(peerId, { address: addressOf(peerId) })
    const node = new StorageNode({ ...this.#shared(), ...parts, transport })
    const started = { ...parts, node }
    await node.start()
    this.#nodes.set(peerId, started)
    this.#everStarted.add(peerId)
    return started
  }

  #shared() {
    const bootstrap = [...this.#everStarted].map(addressOf)
    return { bootstrap, clock: this.#clock, random: this.#random, logger: this.#logger }
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
