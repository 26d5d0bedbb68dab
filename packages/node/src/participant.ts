/**
 * A peer that takes part in the network: it answers, gossips, keeps the roll of members, and notes what calls and connections
 * tell about the others. Everything that a walk needs hangs on it.
 */
import { DEFAULT_GROUP, DEFAULT_STATE_BYTES_PER_SECOND, View } from '@p2pstore/state'
import { TypedEventEmitter } from 'main-event'
import type { PeerEvents } from './events.ts'
import { Gossip, type JoinOutcome } from './gossip/gossip.ts'
import { LinkMeter } from './gossip/link-meter.ts'
import { observedPrefix } from './gossip/observed-prefix.ts'
import { RpcMessenger } from './gossip/rpc-messenger.ts'
import { Ways } from './gossip/ways.ts'
import { type Identity, verifySignature } from './identity/identity.ts'
import { LocalView } from './local-view.ts'
import type { Credential } from './membership/certificate.ts'
import { RollDoorman } from './membership/doorman.ts'
import { FormerMembers } from './membership/former-members.ts'
import { Registrar, type RollStorage } from './membership/registrar.ts'
import type { Role } from './membership/role.ts'
import { Roll } from './membership/roll.ts'
import { membersCompare, membersSwap } from './messages/membership-messages.ts'
import { stateAsk, statePing } from './messages/state-messages.ts'
import { MemberNetwork, type Network } from './network.ts'
import type { Peer } from './peer.ts'
import { byPeerId } from './peer-address.ts'
import type { Clock } from './ports/clock.ts'
import type { Logger } from './ports/logger.ts'
import type { Random } from './ports/random.ts'
import type { Transport } from './ports/transport.ts'
import type { CallReport } from './protocol/observer.ts'
import { createRpc, type Handler, type Request, type Rpc } from './protocol/rpc.ts'
import type { NodeDescription } from './self/node-description.ts'
import { dispatcher } from './serve/dispatcher.ts'
import { paced } from './serve/paced.ts'
import { StorageMembers } from './storage-members.ts'
import { Codings } from './transfer/coding.ts'
import { ReadPace } from './transfer/pace.ts'

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
  readonly handlers: (network: Network) => ReadonlyMap<string, Handler>
  /** What it says of itself. */
  readonly description: NodeDescription
}

/** The roll is better known before the first request, but nobody waits long for it. */
const firstExchangeTimeoutMs = 1_000

export class Participant implements Peer {
  readonly networkId: Uint8Array
  readonly network: MemberNetwork
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly codings = new Codings()
  readonly pace = new ReadPace()
  readonly events = new TypedEventEmitter<PeerEvents>()
  /** What this peer knows of the others. */
  readonly view: LocalView
  readonly roll: Roll
  readonly registrar: Registrar
  /** What this peer was let in as. */
  readonly role: Role
  readonly #gossip: Gossip
  readonly #rpc: Rpc
  readonly #view: View
  readonly #meter = new LinkMeter()

  /** @throws MembershipError when the credential is not good for this identity */
  constructor(parts: ClientParts, storing: StoringParts | undefined) {
    const { identity, credential, clock, logger, random, transport, group = DEFAULT_GROUP } = parts
    const selfId = identity.peerId
    this.clock = clock
    this.random = random
    this.logger = logger
    this.roll = parts.roll ?? new Roll(credential.authority)
    this.networkId = this.roll.network
    const { roll } = this
    const doorman = new RollDoorman({ identity, credential, roll, clock })
    this.role = doorman.standing().role
    const view = new View({
      selfId,
      group,
      verify: (peerId, ...signed) => roll.grantOf(peerId) !== undefined && verifySignature(peerId, ...signed),
    })
    this.#view = view
    const bootstrap = byPeerId(parts.bootstrap)
    const rpc: Pick<Rpc, 'call'> = { call: (...call) => this.#rpc.call(...call) }
    const addressesOf = (peerId: string) => view.record(peerId)?.addresses ?? bootstrap.get(peerId) ?? []
    const messenger = new RpcMessenger({
      rpc,
      addressesOf,
    })
    this.#gossip = new Gossip({
      selfId,
      view,
      messenger,
      clock,
      random,
      logger,
      sign: (payload) => identity.sign(payload),
      bootstrapIds: [...bootstrap.keys()],
      describeSelf: () => storing?.description.describe(),
      links: () => this.#meter.links(clock.monotonicMs()),
      onRoundTrip: (peerId, roundTripMs) => {
        this.#meter.roundTrip(peerId, roundTripMs, clock.monotonicMs())
        members.changed(peerId)
      },
      learnMembers: (peerId) => this.registrar.learnFrom({ peerId, addresses: addressesOf(peerId) }),
      intervalMs: parts.gossipIntervalMs ?? 1_000,
      probeIntervalMs: parts.gossipIntervalMs ?? 1_000,
      bytesPerSecond: parts.stateBytesPerSecond ?? DEFAULT_STATE_BYTES_PER_SECOND,
    })
    storing?.description.onChange(() => this.#gossip.tellOfSelf())
    const ways = new Ways({ view, meter: this.#meter, clock, coordinate: () => this.#gossip.coordinate })
    const members = new StorageMembers({ view, ways, roll, clock })
    const ping = (peerId: string): Promise<boolean> => this.#gossip.isThere(peerId)
    this.view = new LocalView({ selfId, view, ways, clock, roll, ping })
    const local = storing === undefined ? {} : { local: (request: Request) => answer(request) }
    this.network = new MemberNetwork({ selfId, rpc, view, members, ways, roll, clock, bootstrap, ...local })
    const answer = dispatcher(
      new Map<string, Handler>([
        ...(storing?.handlers(this.network) ?? []),
        ...messenger.handlers(this.#gossip),
        [membersCompare.method, (request) => this.registrar.compare(request)],
        [membersSwap.method, (request) => this.registrar.swap(request)],
      ]),
    )
    this.#rpc = createRpc({ transport, clock, logger, doorman, handler: paced(answer, clock, parts.requestsPerSecond) })
    this.#rpc.observe({
      connected: ({ peerId }, address) => this.#noteConnection(peerId, address),
      called: (report) => this.#noteCall(report),
    })
    this.registrar = new Registrar({
      roll,
      doorman,
      rpc: this.#rpc,
      clock,
      random,
      logger,
      others: () => this.#otherMembers(),
      former: new FormerMembers({ view, roll, clock }),
      storage: parts.rollStorage,
      onEnd: (detail) => this.events.dispatchEvent(new CustomEvent('membership-end', { detail })),
    })
  }

  /** Listens, answers and gossips from now on. @returns whether the network was found */
  async start(signal?: AbortSignal): Promise<JoinOutcome> {
    await this.#rpc.start()
    this.#gossip.start()
    this.registrar.start()
    const outcome = await this.#gossip.join(signal)
    if (outcome.isFound) await this.registrar.exchange(undefined, { signal, timeoutMs: firstExchangeTimeoutMs })
    return outcome
  }

  async stop(): Promise<void> {
    this.#gossip.stop()
    await this.registrar.stop()
    await this.#rpc.close()
  }

  #otherMembers(): { peerId: string; addresses: readonly string[] }[] {
    const { selfId } = this.network
    return this.network
      .storageMembers()
      .filter(({ availability, peerId }) => availability !== 'down' && peerId !== selfId)
  }

  #noteConnection(peerId: string, address: string): void {
    const nowMs = this.clock.monotonicMs()
    this.#view.heard(peerId, nowMs)
    this.#meter.connected(peerId, address, nowMs)
    const prefix = observedPrefix(address)
    if (prefix !== undefined) this.#view.observedFrom(peerId, prefix)
  }

  #noteCall(report: CallReport): void {
    const { peerId, method, outcome, code } = report
    const nowMs = this.clock.monotonicMs()
    this.#meter.called(report, nowMs)
    if (outcome === 'answered') this.#view.heard(peerId, nowMs)
    if (outcome !== 'undelivered') return
    const isProbe = method === statePing.method || method === stateAsk.method
    // A probe is not probed again; and what it means when one comes to nothing in time is for the prober to say.
    if (!isProbe) this.#gossip.undelivered(peerId)
    else if (code !== 'TIMEOUT') this.#view.failed(peerId, nowMs)
  }
}
