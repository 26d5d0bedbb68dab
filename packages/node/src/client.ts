/**
 * A member of the network that stores and reads objects but keeps no shards: the composition of the parts that both clients
 * and nodes are made of.
 */

import { DEFAULT_GROUP, DEFAULT_STATE_BYTES_PER_SECOND, View } from '@p2pstore/state'
import { TypedEventEmitter } from 'main-event'
import { type RepairOptions, type RepairReport, repair } from './care/repair.ts'
import { type VerifyReport, verify } from './care/verify.ts'
import { RateLimit } from './clock/rate-limit.ts'
import { sleep } from './clock/sleep.ts'
import { CodedError } from './coded-error.ts'
import type { NodeControl } from './control/node-control.ts'
import { RemoteControl } from './control/remote-control.ts'
import type { PeerEvents } from './events.ts'
import { explainPlacement, type PlacementQuestion, type PlacementReport } from './explain-placement.ts'
import { type GetOptions, get } from './get.ts'
import { Gossip, type JoinOutcome } from './gossip/gossip.ts'
import { LinkMeter } from './gossip/link-meter.ts'
import { observedPrefix } from './gossip/observed-prefix.ts'
import { RpcMessenger } from './gossip/rpc-messenger.ts'
import { type Identity, verifySignature } from './identity/identity.ts'
import { LocalView } from './local-view.ts'
import { locate, type ShardReceipt } from './locate.ts'
import type { Credential } from './membership/certificate.ts'
import { RollDoorman } from './membership/doorman.ts'
import { type KnownMember, knownMembers } from './membership/known-member.ts'
import { assertInTable, assertMayAsk } from './membership/permissions.ts'
import { Registrar, type RollStorage } from './membership/registrar.ts'
import type { Role } from './membership/role.ts'
import { Roll, type RollItem } from './membership/roll.ts'
import { membersCompare, membersSwap } from './messages/membership-messages.ts'
import { MessageError } from './messages/message.ts'
import { stateAsk, statePing } from './messages/state-messages.ts'
import { MemberNetwork, type StorageMember } from './network.ts'
import type { ByteSource } from './object/source.ts'
import type { Peer } from './peer.ts'
import { peerIdOf } from './peer-address.ts'
import type { Clock } from './ports/clock.ts'
import type { Logger } from './ports/logger.ts'
import type { Random } from './ports/random.ts'
import type { Transport } from './ports/transport.ts'
import type { CallReport } from './protocol/observer.ts'
import { createRpc, type Handler, type Rpc } from './protocol/rpc.ts'
import { type PutReceipt, put } from './put.ts'
import type { PutOptions } from './put-options.ts'
import { remove } from './remove.ts'
import type { NodeDescription } from './self/node-description.ts'
import { type ObjectStat, stat } from './stat.ts'
import { type NetworkStatus, statusOf } from './status.ts'
import { Codings } from './transfer/coding.ts'
import type { DiscardReport } from './transfer/discard.ts'
import { ReadPace } from './transfer/pace.ts'

export class ClosedError extends CodedError<'CLOSED'> {}

export interface SignalOption {
  readonly signal?: AbortSignal | undefined
}

export interface ClientParts {
  readonly identity: Identity
  readonly credential: Credential
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Multiaddrs that end in the peer's id. */
  readonly bootstrap: readonly string[]
  /** Who is a member, as far as this peer knew before. Default: nobody but itself. */
  readonly roll?: Roll | undefined
  /** Keeps the roll. Default: it is forgotten. */
  readonly rollStorage?: RollStorage | undefined
  /** What another peer may ask of this one; who asks faster waits. Default 20,000. */
  readonly requestsPerSecond?: number | undefined
  /** Members of one group tell each other everything, usually those of one local network. Default `default`. */
  readonly group?: string | undefined
  /** Time between rounds of gossip, at least, and between probes. Default 1,000. */
  readonly gossipIntervalMs?: number | undefined
  /** What this peer may send of state, on average. Default 16,384 bytes a second. */
  readonly stateBytesPerSecond?: number | undefined
}

/** What a storing node adds to a client. */
export interface StoringParts {
  readonly handlers: ReadonlyMap<string, Handler>
  /** What it says of itself. */
  readonly description: NodeDescription
}

/** Above what a peer can ask for in earnest on one connection, below what keeps this one from serving others. */
const defaultRequestsPerSecond = 20_000

/** The roll is better known before the first request, but nobody waits long for it. */
const firstExchangeTimeoutMs = 1_000

/** How often a wait for other peers looks again. */
const waitStepMs = 50

export class Client implements AsyncDisposable {
  /** Tells what happens on the way: see {@link PeerEvents}. */
  readonly events = new TypedEventEmitter<PeerEvents>()
  /** What this peer knows of the others. */
  readonly view: LocalView
  protected readonly parts: ClientParts
  readonly #rpc: Rpc
  readonly #gossip: Gossip
  readonly #roll: Roll
  readonly #registrar: Registrar
  readonly #view: View
  readonly #meter = new LinkMeter()
  readonly #peer: Peer
  readonly #closing = new AbortController()
  /** What this peer was let in as. */
  protected readonly role: Role

  /** @throws MembershipError when the credential is not good for this identity */
  constructor(parts: ClientParts, storing?: StoringParts) {
    const { identity, credential, clock, logger, random, transport } = parts
    this.parts = parts
    const roll = parts.roll ?? new Roll(credential.authority)
    const doorman = new RollDoorman({ identity, credential, roll, clock })
    this.#roll = roll
    this.role = doorman.standing().role
    const selfId = identity.peerId
    const group = parts.group ?? DEFAULT_GROUP
    const view = new View({ selfId, group, verify: verifySignature })
    this.#view = view
    const bootstrap = byPeerId(parts.bootstrap)
    const messenger = new RpcMessenger({
      rpc: { call: (...call) => this.#rpc.call(...call) },
      addressesOf: (peerId) => view.record(peerId)?.addresses ?? bootstrap.get(peerId) ?? [],
    })
    this.#gossip = new Gossip({
      selfId,
      group,
      view,
      messenger,
      clock,
      random,
      logger,
      sign: (payload) => identity.sign(payload),
      bootstrapIds: [...bootstrap.keys()],
      describeSelf: () => storing?.description.describe(),
      links: () => this.#meter.links(clock.monotonicMs()),
      onRoundTrip: (peerId, roundTripMs) => this.#meter.roundTrip(peerId, roundTripMs, clock.monotonicMs()),
      intervalMs: parts.gossipIntervalMs ?? 1_000,
      probeIntervalMs: parts.gossipIntervalMs ?? 1_000,
      bytesPerSecond: parts.stateBytesPerSecond ?? DEFAULT_STATE_BYTES_PER_SECOND,
    })
    storing?.description.onChange(() => this.#gossip.tellOfSelf())
    const ping = (peerId: string): Promise<boolean> => this.#gossip.isThere(peerId)
    this.view = new LocalView({ selfId, view, meter: this.#meter, clock, ping })
    const answer = dispatcher(
      new Map<string, Handler>([
        ...(storing?.handlers ?? []),
        ...messenger.handlers(this.#gossip),
        [membersCompare.method, (request) => this.#registrar.compare(request)],
        [membersSwap.method, (request) => this.#registrar.swap(request)],
      ]),
    )
    const perSecond = parts.requestsPerSecond ?? defaultRequestsPerSecond
    const pace = new RateLimit(clock, { perSecond, burst: perSecond })
    const handler: Handler = async (request) => {
      const delayMs = pace.delayMs(request.from.peerId)
      if (delayMs >= 1) await sleep(clock, delayMs, request.signal)
      return answer(request)
    }
    this.#rpc = createRpc({ transport, clock, logger, doorman, handler })
    this.#rpc.observe({
      connected: ({ peerId }, address) => this.#noteConnection(peerId, address),
      called: (report) => this.#noteCall(report),
    })
    this.#view.subscribe(({ kind, peerId }) => {
      if (kind !== 'availability') return
      const detail = { peerId, availability: this.#view.availability(peerId, clock.monotonicMs()) }
      this.events.dispatchEvent(new CustomEvent('member-change', { detail }))
    })
    const local = storing === undefined ? {} : { local: answer }
    this.#peer = {
      networkId: roll.network,
      network: new MemberNetwork({
        selfId: identity.peerId,
        rpc: this.#rpc,
        view: this.#view,
        roll,
        clock,
        bootstrap,
        ...local,
      }),
      clock,
      random,
      logger,
      codings: new Codings(),
      pace: new ReadPace(),
      events: this.events,
    }
    this.#registrar = new Registrar({
      roll,
      doorman,
      rpc: this.#rpc,
      clock,
      random,
      logger,
      others: () => this.#otherMembers(),
      storage: parts.rollStorage,
    })
  }

  /** Aborted when this peer is closed. */
  get closed(): AbortSignal {
    return this.#closing.signal
  }

  get peerId(): string {
    return this.parts.identity.peerId
  }

  /**
   * Starts to listen, answer and gossip.
   * @returns whether the network was found; not when none of the peers to start with answered
   * @throws TransportError ADDRESS_IN_USE, ADDRESS_INVALID
   */
  async start(options: SignalOption = {}): Promise<JoinOutcome> {
    await this.#rpc.start()
    this.#gossip.start()
    this.#registrar.start()
    const outcome = await this.#gossip.join(options.signal)
    if (outcome.isFound) await this.#registrar.exchange(undefined, { ...options, timeoutMs: firstExchangeTimeoutMs })
    return outcome
  }

  /** Resolves when this peer knows of so many storage nodes that are up. @throws the signal's reason when aborted */
  async waitForNodes(count: number, options: SignalOption = {}): Promise<void> {
    const signal = this.#until(options.signal)
    const upCount = (): number =>
      this.#peer.network.storageMembers().filter(({ availability }) => availability === 'up').length
    while (upCount() < count) await sleep(this.parts.clock, waitStepMs, signal)
  }

  /**
   * Stores everything the source yields and returns what opens it.
   * @throws UploadError TOO_FEW_NODES, SourceError SOURCE_FAILED, CodecError SCHEME_INVALID; the signal's reason when aborted
   */
  put(source: ByteSource, options: PutOptions = {}): Promise<PutReceipt> {
    return put(source, { ...options, signal: this.#until(options.signal) }, this.#peer)
  }

  /**
   * The bytes of an object, or of a range of it.
   * @throws CapabilityError, SearchError, DownloadError NOT_ENOUGH_SHARDS, IntegrityError, RangeError
   */
  get(capability: string, options: GetOptions = {}): AsyncGenerator<Uint8Array> {
    return get(capability, { ...options, signal: this.#until(options.signal) }, this.#peer)
  }

  /** What the object's manifest tells. @throws CapabilityError, SearchError */
  stat(capability: string, options: SignalOption = {}): Promise<ObjectStat> {
    return stat(capability, this.#until(options.signal), this.#peer)
  }

  /** Where every shard of the object is, as its node acknowledged it. @throws CapabilityError, SearchError */
  locate(capability: string, options: SignalOption = {}): AsyncGenerator<ShardReceipt> {
    return locate(capability, this.#until(options.signal), this.#peer)
  }

  /** Has every shard of the object checked where it is. @throws CapabilityError, SearchError */
  verify(capability: string, options: SignalOption = {}): Promise<VerifyReport> {
    return verify(capability, this.#until(options.signal), this.#peer)
  }

  /** Rebuilds what the object has lost. @throws CapabilityError, SearchError */
  repair(capability: string, options: RepairOptions = {}): Promise<RepairReport> {
    return repair(capability, { ...options, signal: this.#until(options.signal) }, this.#peer)
  }

  /** Deletes the object wherever it can be reached. @throws CapabilityError, SearchError */
  remove(capability: string, options: SignalOption = {}): Promise<DiscardReport> {
    return remove(capability, this.#until(options.signal), this.#peer)
  }

  /** Commands to a node, which takes them from peers that its own key has certified: clients made from its home. */
  control(peerId: string): NodeControl {
    return new RemoteControl(peerId, this.#peer.network)
  }

  /** Who is a member and who was revoked, as far as this peer knows. */
  members(): KnownMember[] {
    return knownMembers(this.#roll)
  }

  /** All that the list of members is made of; it proves itself. */
  rollItems(): RollItem[] {
    return [...this.#roll.items().values()]
  }

  /**
   * Takes in what the network's authority has ruled, and tells every storage node that can be reached.
   * @returns how many have been told, of how many
   */
  announce(rulings: readonly RollItem[], options: SignalOption = {}): Promise<{ told: number; members: number }> {
    return this.#registrar.announce(rulings, this.#until(options.signal))
  }

  /** Where a stripe would go now, and why; nothing is stored. @throws CodecError SCHEME_INVALID */
  explainPlacement(question: PlacementQuestion = {}): Promise<PlacementReport> {
    return explainPlacement(question, this.#peer)
  }

  /** The network as this peer sees it now. */
  status(): NetworkStatus {
    return statusOf(this.#peer, this.view, this.parts.transport.addresses())
  }

  /** Ends everything under way and leaves the network. Idempotent. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort(new ClosedError('CLOSED', 'this peer has been closed'))
    this.#gossip.stop()
    await this.#registrar.stop()
    await this.#rpc.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #otherMembers(): { peerId: string; addresses: readonly string[] }[] {
    const { network } = this.#peer
    const isOther = (member: StorageMember): boolean =>
      member.availability !== 'down' && member.peerId !== network.selfId
    return network.storageMembers().filter(isOther)
  }

  #noteConnection(peerId: string, address: string): void {
    const nowMs = this.parts.clock.monotonicMs()
    this.#view.heard(peerId, nowMs)
    this.#meter.connected(peerId, address, nowMs)
    const prefix = observedPrefix(address)
    if (prefix !== undefined) this.#view.observedFrom(peerId, prefix)
  }

  #noteCall(report: CallReport): void {
    const { peerId, method, outcome, code } = report
    const nowMs = this.parts.clock.monotonicMs()
    this.#meter.called(report, nowMs)
    if (outcome === 'answered') this.#view.heard(peerId, nowMs)
    if (outcome !== 'undelivered') return
    const isProbe = method === statePing.method || method === stateAsk.method
    // A probe is not probed again; and what it means when one comes to nothing in time is for the prober to say.
    if (!isProbe) this.#gossip.undelivered(peerId)
    else if (code !== 'TIMEOUT') this.#view.failed(peerId, nowMs)
  }

  #until(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal])
  }
}

function dispatcher(handlers: ReadonlyMap<string, Handler>): Handler {
  assertInTable(handlers.keys())
  return async (request) => {
    assertMayAsk(request.from.role, request.method, request.head)
    const handle = handlers.get(request.method)
    if (handle === undefined) throw new MessageError('METHOD_UNKNOWN', `this peer does not answer ${request.method}`)
    return handle(request)
  }
}

function byPeerId(addresses: readonly string[]): Map<string, string[]> {
  const peers = new Map<string, string[]>()
  for (const address of addresses) {
    const peerId = peerIdOf(address)
    peers.set(peerId, [...(peers.get(peerId) ?? []), address])
  }
  return peers
}
