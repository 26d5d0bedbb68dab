/**
 * Nodes of the real gossip in a simulated network: requests and answers take half a round trip each, get lost by chance or
 * because a way is cut, and are counted. What is lost is noticed by its caller when its time is up, as on a real network.
 */
import {
  type Answerer,
  Gossip,
  type ManualClock,
  type Messenger,
  type MessengerOptions,
  memoryLogger,
  type OpenRecord,
  openRecord,
  type SignedRecord,
  View,
} from '@p2pstore/node/memory'
import type { Dice } from '../dice.ts'
import { wireBytes } from './wire-size.ts'

export interface NetworkOptions {
  readonly clock: ManualClock
  readonly dice: Dice
  readonly nodes: number
  readonly groups: number
  readonly lossPerMille: number
  readonly roundIntervalMs: number
  /** Between two nodes, by number. */
  readonly roundTripUs: (a: number, b: number) => number
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

export class GossipNetwork {
  readonly nodes: SimulatedNode[] = []
  readonly #options: NetworkOptions
  readonly #byId = new Map<string, SimulatedNode>()
  readonly #opened = new WeakMap<Uint8Array, OpenRecord>()
  /** Which side of a partition a node is on, while there is one. */
  sideOf: ((node: number) => number) | undefined
  /** Of everything that was sent, in order: two runs of one seed have the same. */
  #trace = 0x811c9dc5
  messages = 0

  constructor(options: NetworkOptions) {
    this.#options = options
    const ids = Array.from({ length: options.nodes }, (_, number) => idOf(number))
    for (const peerId of ids) this.#addNode(peerId, ids)
  }

  get trace(): string {
    return (this.#trace >>> 0).toString(16).padStart(8, '0')
  }

  groupOf(number: number): string {
    return `group-${number % this.#options.groups}`
  }

  /**
   * Everybody starts within a second and gets the records of the own group without a word said: a network that has been
   * there for long, not one that comes to know itself.
   */
  async start(): Promise<void> {
    const { clock, dice, groups } = this.#options
    this.sideOf = (number) => number
    for (const { gossip } of this.nodes) clock.setTimer(dice.integer(0, 999), () => gossip.start())
    await clock.advance(1_000)
    const now = { nowMs: clock.nowMs(), monotonicMs: clock.monotonicMs() }
    for (let group = 0; group < groups; group++) {
      const members = this.nodes.filter(({ number }) => number % groups === group)
      const records = members.flatMap(({ view, peerId }) => view.records([peerId.slice(-12)]))
      for (const { view } of members) view.merge(records, now)
    }
    this.sideOf = undefined
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

  /** @throws Error when the message or its answer is lost, after the time that its sender waits */
  async deliver<Answer>(
    from: SimulatedNode,
    toId: string,
    size: (body: Answer) => number,
    answer: (to: SimulatedNode) => Answer | Promise<Answer>,
    timeoutMs: number,
  ): Promise<Answer> {
    const { clock, roundTripUs } = this.#options
    const to = this.#byId.get(toId)!
    const oneWayMs = roundTripUs(from.number, to.number) / 2_000
    this.#mark(from.number, to.number)
    if (!this.#passes(from, to) || 2 * oneWayMs >= timeoutMs) return lost(clock, timeoutMs)
    await pass(clock, oneWayMs)
    if (!to.isUp) return lost(clock, timeoutMs - oneWayMs)
    const startMs = clock.monotonicMs()
    const answered = await answer(to)
    to.messenger.sentBytes += size(answered)
    this.#mark(to.number, from.number)
    const leftMs = timeoutMs - 2 * oneWayMs - (clock.monotonicMs() - startMs)
    if (!this.#passes(to, from) || leftMs <= 0) return lost(clock, Math.max(0, leftMs + oneWayMs))
    await pass(clock, oneWayMs)
    return answered
  }

  #passes(from: SimulatedNode, to: SimulatedNode): boolean {
    const isCut = this.sideOf !== undefined && this.sideOf(from.number) !== this.sideOf(to.number)
    return !isCut && this.#options.dice.integer(1, 1000) > this.#options.lossPerMille
  }

  #mark(from: number, to: number): void {
    this.messages += 1
    const moment = Math.round(this.#options.clock.monotonicMs() * 1000)
    for (const part of [moment, from, to]) this.#trace = Math.imul(this.#trace ^ part, 0x01000193)
  }

  #addNode(peerId: string, ids: readonly string[]): void {
    const { clock, dice, roundIntervalMs } = this.#options
    const number = this.nodes.length
    const group = this.groupOf(number)
    const view = new View({ selfId: peerId, group, verify: () => true, open: (signed) => this.#open(signed) })
    const messenger = new CountingMessenger(this, () => node)
    const addresses = [`/ip4/10.0.0.1/tcp/7420/p2p/${peerId}`]
    const units = [{ id: 'store', totalBytes: 2 ** 40, freeBytes: 2 ** 39, outlook: 'good' as const }]
    const gossip = new Gossip({
      selfId: peerId,
      group,
      view,
      messenger,
      clock,
      random: dice.random,
      logger: memoryLogger(),
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
      intervalMs: roundIntervalMs,
      probeIntervalMs,
      bytesPerSecond,
    })
    const node: SimulatedNode = { number, peerId, view, gossip, messenger, isUp: true, tags: [] }
    this.nodes.push(node)
    this.#byId.set(peerId, node)
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

/** Counts what one node sends. */
class CountingMessenger implements Messenger {
  sentBytes = 0
  readonly #network: GossipNetwork
  readonly #self: () => SimulatedNode

  constructor(network: GossipNetwork, self: () => SimulatedNode) {
    this.#network = network
    this.#self = self
  }

  compare: Messenger['compare'] = (peerId, request, options) =>
    this.#send(peerId, { ...request }, options, (to, selfId) => to.compare(selfId, request))

  swap: Messenger['swap'] = (peerId, request, options) =>
    this.#send(peerId, { ...request }, options, (to, selfId) => to.swap(selfId, request))

  tell: Messenger['tell'] = (peerId, news, options) =>
    this.#send(peerId, { ...news }, options, (to, selfId) => to.tell(selfId, news))

  ping: Messenger['ping'] = (peerId, options) => this.#send(peerId, {}, options, (to, selfId) => to.ping(selfId))

  ask: Messenger['ask'] = (peerId, request, options) =>
    this.#send(peerId, { ...request }, options, (to, selfId) => to.ask(selfId, request))

  async #send<Reply extends object>(
    peerId: string,
    request: { [key: string]: unknown },
    { timeoutMs }: MessengerOptions,
    answer: (to: Answerer, selfId: string) => Reply | Promise<Reply>,
  ): Promise<Reply> {
    const self = this.#self()
    this.sentBytes += wireBytes(request)
    const size = (reply: Reply): number => wireBytes({ ...reply } as { [key: string]: unknown })
    return this.#network.deliver(self, peerId, size, ({ gossip }) => answer(gossip, self.peerId), timeoutMs)
  }
}

/** As long as real ones are. */
function idOf(number: number): string {
  return `12D3KooW${number.toString(36).padStart(44, 'x')}`
}

function pass(clock: ManualClock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.setTimer(ms, resolve))
}

async function lost(clock: ManualClock, afterMs: number): Promise<never> {
  await pass(clock, afterMs)
  throw new Error('no answer came in time')
}
