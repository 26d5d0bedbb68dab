/**
 * A member of the network that stores and reads objects but keeps no shards: what people call, each call a walk of its own.
 */
import type { TypedEventTarget } from 'main-event'
import { askRebalance, type NodeRebalance, type RebalanceOrder } from './ask-rebalance.ts'
import { type RepairOptions, type RepairReport, repair } from './care/repair.ts'
import { type VerifyReport, verify } from './care/verify.ts'
import { sleep } from './clock/sleep.ts'
import { CodedError } from './coded-error.ts'
import type { NodeControl } from './control/node-control.ts'
import { RemoteControl } from './control/remote-control.ts'
import type { PeerEvents } from './events.ts'
import { explainPlacement, type PlacementQuestion, type PlacementReport } from './explain-placement.ts'
import { type GetOptions, get } from './get.ts'
import type { JoinOutcome } from './gossip/gossip.ts'
import type { LocalView } from './local-view.ts'
import { locate, type ShardReceipt } from './locate.ts'
import { type KnownMember, knownMembers } from './membership/known-member.ts'
import type { Role } from './membership/role.ts'
import type { RollItem } from './membership/roll.ts'
import type { ByteSource } from './object/source.ts'
import { type ClientParts, Participant, type StoringParts } from './participant.ts'
import type { Peer } from './peer.ts'
import { type PutReceipt, put } from './put.ts'
import type { PutOptions } from './put-options.ts'
import { remove } from './remove.ts'
import { type ObjectStat, stat } from './stat.ts'
import { type NetworkStatus, statusOf } from './status.ts'
import type { DiscardReport } from './transfer/discard.ts'

export class ClosedError extends CodedError<'CLOSED'> {}

export interface SignalOption {
  readonly signal?: AbortSignal | undefined
}

/** How often a wait for other peers looks again. */
const waitStepMs = 50

export class Client implements AsyncDisposable {
  protected readonly parts: ClientParts
  readonly #peer: Participant
  readonly #closing = new AbortController()

  /** @throws MembershipError when the credential is not good for this identity */
  constructor(parts: ClientParts, storing?: StoringParts) {
    this.parts = parts
    this.#peer = new Participant(parts, storing)
  }

  /** Tells what happens on the way: see {@link PeerEvents}. */
  get events(): TypedEventTarget<PeerEvents> {
    return this.#peer.events
  }

  /** What this peer knows of the others. */
  get view(): LocalView {
    return this.#peer.view
  }

  /** What this peer was let in as. */
  get role(): Role {
    return this.#peer.role
  }

  /** What walks of this peer need. */
  protected get peer(): Peer {
    return this.#peer
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
    return this.#peer.start(options.signal)
  }

  /**
   * Resolves when so many storage nodes answer this peer: those that it takes for up may have gone unnoticed.
   * @throws the signal's reason when aborted
   */
  async waitForNodes(count: number, options: SignalOption = {}): Promise<void> {
    const signal = this.#until(options.signal)
    for (;;) {
      const up = this.#peer.network.storageMembers().filter(({ availability }) => availability === 'up')
      const ids = up.map(({ peerId }) => peerId)
      if (ids.length >= count && (await this.view.answering(ids, count)) >= count) return
      await sleep(this.parts.clock, waitStepMs, signal)
    }
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

  /**
   * Has nodes restore the rules of placement and balance, each for what it holds, or plan to; they go on alone.
   * @param peerIds which. Default: all that are up
   * @returns how far each is
   */
  rebalance(order: RebalanceOrder, peerIds?: readonly string[]): Promise<NodeRebalance[]> {
    return askRebalance(order, this.#peer, this.closed, peerIds)
  }

  /** Who is a member and who was revoked, as far as this peer knows. */
  members(): KnownMember[] {
    return knownMembers(this.#peer.roll)
  }

  /** All that the list of members is made of; it proves itself. */
  rollItems(): RollItem[] {
    return [...this.#peer.roll.items().values()]
  }

  /**
   * Takes in what the network's authority has ruled, and tells every storage node that can be reached.
   * @returns how many have been told, of how many
   */
  announce(rulings: readonly RollItem[], options: SignalOption = {}): Promise<{ told: number; members: number }> {
    return this.#peer.registrar.announce(rulings, this.#until(options.signal))
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
    await this.#peer.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #until(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal])
  }
}
