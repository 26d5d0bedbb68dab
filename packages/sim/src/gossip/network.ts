/** Nodes of the real gossip in a simulated network. */
import { silentLogger } from '@p2pstore/node'
import { Gossip, type OpenRecord, openRecord, type SignedRecord, View } from '@p2pstore/node/memory'
import { CountingMessenger } from './counting-messenger.ts'
import { Wire, type WireOptions } from './wire.ts'

export interface NetworkOptions extends WireOptions {
  readonly nodes: number
  readonly groups: number
  readonly roundIntervalMs: number
}

export interface SimulatedNode {
  readonly number: number
  readonly peerId: string
  readonly view: View
  readonly gossip: Gossip
  readonly messenger: CountingMessenger
  isUp: boolean
  tags: readonly string[]
}

const bytesPerSecond = 16_384
const probeIntervalMs = 1_000
/** Who has run so long speaks for its group, if elected. */
const electionMs = 8_000

export class GossipNetwork {
  readonly nodes: readonly SimulatedNode[]
  readonly wire: Wire
  readonly #options: NetworkOptions
  readonly #byId = new Map<string, SimulatedNode>()
  readonly #opened = new WeakMap<Uint8Array, OpenRecord>()

  constructor(options: NetworkOptions) {
    this.#options = options
    this.wire = new Wire(options)
    const ids = Array.from({ length: options.nodes }, (_, number) => idOf(number))
    this.nodes = ids.map((peerId, number) => this.#createNode(peerId, number, ids))
    for (const node of this.nodes) this.#byId.set(node.peerId, node)
  }

  /**
   * Everybody starts within a second and gets the records of the own group without a word said, then those of the elected of
   * all groups: a network that has been there for long, not one that comes to know itself.
   */
  async start(): Promise<void> {
    const { clock, dice, groups } = this.#options
    this.wire.sideOf = (number) => number
    for (const { gossip } of this.nodes) clock.setTimer(dice.integer(0, 999), () => gossip.start())
    await clock.advance(1_000)
    const members = Array.from({ length: groups }, (_, group) =>
      this.nodes.filter(({ number }) => number % groups === group),
    )
    for (const group of members) this.#tell(group, group)
    if (groups > 1) {
      this.wire.sideOf = (number) => number % groups
      await clock.advance(electionMs)
      this.#tell(this.nodes, this.nodes.filter(isElected))
    }
    this.wire.sideOf = undefined
  }

  stop(): void {
    for (const { gossip } of this.nodes) gossip.stop()
  }

  crash(node: SimulatedNode): void {
    node.isUp = false
    node.gossip.stop()
  }

  get sentBytes(): number {
    return this.nodes.reduce((sum, { messenger }) => sum + messenger.sentBytes, 0)
  }

  get rounds(): number {
    return this.nodes.reduce((sum, { gossip }) => sum + gossip.rounds, 0)
  }

  /** Hands some nodes the records of others. */
  #tell(listeners: readonly SimulatedNode[], subjects: readonly SimulatedNode[]): void {
    const { clock } = this.#options
    const now = { nowMs: clock.nowMs(), monotonicMs: clock.monotonicMs() }
    const records = subjects.flatMap(({ view, peerId }) => view.records([peerId.slice(-12)]))
    for (const { view } of listeners) view.merge(records, now)
  }

  #createNode(peerId: string, number: number, ids: readonly string[]): SimulatedNode {
    const { clock, dice, groups, roundIntervalMs } = this.#options
    const group = `group-${number % groups}`
    const view = new View({ selfId: peerId, group, verify: () => true, open: (signed) => this.#open(signed) })
    const messenger = new CountingMessenger(
      this.wire,
      () => node,
      (id) => this.#byId.get(id)!,
    )
    const addresses = [`/ip4/10.0.0.1/tcp/7420/p2p/${peerId}`]
    const units = [{ id: 'store', totalBytes: 2 ** 40, freeBytes: 2 ** 39, outlook: 'good' as const }]
    const gossip = new Gossip({
      selfId: peerId,
      view,
      messenger,
      clock,
      random: dice.random,
      logger: silentLogger,
      sign: () => new Uint8Array(64),
      bootstrapIds: [dice.pick(ids), dice.pick(ids)],
      describeSelf: () => ({
        peerId,
        roles: ['storage'],
        addresses,
        units,
        domain: peerId,
        tags: node.tags,
        draining: false,
      }),
      links: () => [],
      onRoundTrip: () => {},
      learnMembers: async () => false,
      intervalMs: roundIntervalMs,
      probeIntervalMs,
      bytesPerSecond,
    })
    const node: SimulatedNode = { number, peerId, view, gossip, messenger, isUp: true, tags: [] }
    return node
  }

  /** Every view gets the same bytes: they need to be read once only. */
  #open(signed: SignedRecord): OpenRecord {
    let open = this.#opened.get(signed.payload)
    if (open === undefined) {
      open = openRecord(signed)
      this.#opened.set(signed.payload, open)
    }
    return open
  }
}

/** Whether the node says that it speaks for its group. */
export function isElected({ view, peerId }: SimulatedNode): boolean {
  return view.record(peerId)?.summary !== undefined
}

/** As long as real ones are. */
function idOf(number: number): string {
  return `12D3KooW${number.toString(36).padStart(44, '0')}`
}
