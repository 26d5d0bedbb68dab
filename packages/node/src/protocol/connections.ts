/**
 * The streams that are open, by peer. A lane to a peer is opened when it is first needed and kept; when it breaks, the
 * next call opens it again, as it does when there is a better connection to the peer by then. Streams that peers open
 * towards us are apart from those: an opener asks, an acceptor answers.
 */
import { asError } from '../as-error.ts'
import { DeadlineError, deadline } from '../clock/deadline.ts'
import { CodedError } from '../coded-error.ts'
import { onAbort } from '../on-abort.ts'
import type { ByteStream, Transport } from '../ports/transport.ts'
import { TransportError } from '../transport/transport-error.ts'
import { Answerer, type AnswererParts } from './answerer.ts'
import { Caller } from './caller.ts'
import { Channel } from './channel.ts'
import type { Doorman, Member } from './doorman.ts'
import type { Lane } from './head-layout.ts'
import { helloFrameLimits, introduceTo, RefusedError, receiveFrom } from './hello.ts'
import { ProtocolError } from './protocol-error.ts'
import { RpcError } from './rpc-error.ts'

/** A peer and where it may be found. */
export interface PeerAddress {
  readonly peerId: string
  /** Multiaddrs; with none the peer is looked up by its id. */
  readonly addresses: readonly string[]
}

export interface ConnectionsParts extends AnswererParts {
  readonly transport: Transport
  readonly doorman: Doorman
  onConnected(member: Member, address: string): void
  onDisconnected(member: Member): void
}

/** An open stream; `member` once the peer has been let in over it. */
interface Link {
  readonly channel: Channel
  readonly isInbound: boolean
  member: Member | undefined
}

/** A lane, or what is going to be one. */
interface OpenLane {
  readonly opening: Promise<Caller>
  caller: Caller | undefined
}

/** How long a refused peer has to take note of it. */
const refusalTimeoutMs = 1_000

export class Connections {
  readonly #parts: ConnectionsParts
  readonly #links = new Map<string, Set<Link>>()
  /** By peer. */
  readonly #lanes = { control: new Map<string, OpenLane>(), bulk: new Map<string, OpenLane>() }
  readonly #closing = new AbortController()
  /** Inbound streams whose hello is not over, the oldest first. */
  readonly #greeting = new Set<Link>()

  constructor(parts: ConnectionsParts) {
    this.#parts = parts
  }

  /** The lane to a peer, if there is one that is open: the same as {@link lane} without a turn of waiting. */
  openLane(peerId: string, lane: Lane): Caller | undefined {
    const caller = this.#lanes[lane].get(peerId)?.caller
    return caller?.isSuperseded ? undefined : caller
  }

  /**
   * The lane to a peer, opened if need be.
   * @throws RpcError PEER_UNREACHABLE, CLOSED; RemoteError when the peer refuses; CodedError when our doorman does
   */
  lane(peer: PeerAddress, lane: Lane): Promise<Caller> {
    const { peerId } = peer
    const lanes = this.#lanes[lane]
    const known = lanes.get(peerId)
    if (known !== undefined && known.caller?.isSuperseded !== true) return known.opening
    known?.caller?.retire()
    const forget = (): void => {
      if (lanes.get(peerId) === entry) lanes.delete(peerId)
    }
    const entry: OpenLane = { opening: this.#open(peer, lane, forget), caller: undefined }
    lanes.set(peerId, entry)
    entry.opening.then((caller) => (entry.caller = caller), forget)
    return entry.opening
  }

  async #open(peer: PeerAddress, lane: Lane, onEnded: () => void): Promise<Caller> {
    const { transport, clock, limits } = this.#parts
    const limit = deadline(clock, limits.connectTimeoutMs, this.#closing.signal)
    try {
      const stream = await transport.open(peer.peerId, peer.addresses, { signal: limit.signal })
      const link = this.#track(stream, false)
      void link.channel.ended.then(onEnded)
      return await this.#introduce(link, lane, limit.signal)
    } catch (error) {
      if (this.#closing.signal.aborted) throw this.#closing.signal.reason
      const isTelling =
        error instanceof CodedError && !(error instanceof TransportError || error instanceof DeadlineError)
      if (isTelling) throw error
      throw new RpcError('PEER_UNREACHABLE', `${peer.peerId} can't be reached`, { cause: error, retryable: true })
    } finally {
      limit.dispose()
    }
  }

  async #introduce(link: Link, lane: Lane, signal: AbortSignal): Promise<Caller> {
    const { channel } = link
    try {
      const introduction = await introduceTo(channel, lane, this.#parts, signal)
      const caller = new Caller(channel, introduction, this.#parts.limits)
      this.#letIn(link, introduction.member)
      channel.listen(caller)
      return caller
    } catch (error) {
      channel.abort(asError(error))
      this.#dismiss(channel.remotePeerId)
      throw error
    }
  }

  /** Takes a stream that a peer has opened. */
  accept(stream: ByteStream): void {
    const { limits, logger } = this.#parts
    const link = this.#track(stream, true)
    const siblings = [...(this.#links.get(stream.remotePeerId) ?? [])].filter(({ isInbound }) => isInbound)
    if (siblings.length > limits.streamLimit) {
      logger.warn({ peerId: stream.remotePeerId }, 'a stream was turned away: the peer has too many')
      link.channel.abort(new ProtocolError('LIMIT_EXCEEDED', `more than ${limits.streamLimit} streams`))
      return
    }
    void this.#receive(link)
    const [oldest] = this.#greeting
    // The oldest goes, not the newest: a member's hello takes one round trip, a silent crowd would shut everyone out.
    if (this.#greeting.size > limits.helloLimit) {
      oldest?.channel.abort(
        new ProtocolError('LIMIT_EXCEEDED', `more than ${limits.helloLimit} streams without a hello`),
      )
    }
  }

  async #receive(link: Link): Promise<void> {
    const { channel } = link
    const { clock, limits, logger } = this.#parts
    const limit = deadline(clock, limits.helloTimeoutMs, this.#closing.signal)
    this.#greeting.add(link)
    try {
      const introduction = await receiveFrom(channel, this.#parts, limit.signal)
      this.#letIn(link, introduction.member)
      channel.listen(new Answerer(channel, introduction, this.#parts))
    } catch (error) {
      logger.info(
        { peerId: channel.remotePeerId, address: channel.remoteAddress, err: error },
        'a peer was turned away',
      )
      if (error instanceof RefusedError) await this.#closeSoon(channel)
      else channel.abort(asError(error))
      this.#dismiss(channel.remotePeerId)
    } finally {
      limit.dispose()
      this.#greeting.delete(link)
    }
  }

  async #closeSoon(channel: Channel): Promise<void> {
    const limit = deadline(this.#parts.clock, refusalTimeoutMs)
    onAbort(limit.signal, () => channel.abort(limit.signal.reason))
    await channel.close()
    await channel.ended
    limit.dispose()
  }

  #track(stream: ByteStream, isInbound: boolean): Link {
    const peerId = stream.remotePeerId
    const link: Link = { channel: new Channel(stream, helloFrameLimits), isInbound, member: undefined }
    const links = this.#links.get(peerId) ?? new Set()
    this.#links.set(peerId, links.add(link))
    void link.channel.ended.then((error) => this.#forget(link, error))
    return link
  }

  #forget(link: Link, error: Error | undefined): void {
    const { remotePeerId: peerId, remoteAddress: address } = link.channel
    const links = this.#links.get(peerId)
    links?.delete(link)
    if (links?.size === 0) this.#links.delete(peerId)
    if (link.member === undefined) return
    if (error instanceof ProtocolError) this.#parts.logger.warn({ peerId, address, err: error }, 'a stream was aborted')
    if (!this.#isLetIn(peerId)) this.#parts.onDisconnected(link.member)
  }

  #letIn(link: Link, member: Member): void {
    if (link.channel.isClosed) throw new Error('the stream ended during the hello')
    const isFirst = !this.#isLetIn(member.peerId)
    link.member = member
    this.#parts.transport.trust(member.peerId)
    if (isFirst) this.#parts.onConnected(member, link.channel.remoteAddress)
  }

  /** Ends the connection to a peer that was never let in. */
  #dismiss(peerId: string): void {
    if (!this.#isLetIn(peerId)) this.#parts.transport.disconnect(peerId)
  }

  #isLetIn(peerId: string): boolean {
    return [...(this.#links.get(peerId) ?? [])].some((link) => link.member !== undefined)
  }

  /** Ends all streams of a peer, and the connection under them. */
  disconnect(peerId: string, reason: Error): void {
    for (const link of this.#links.get(peerId) ?? []) link.channel.abort(reason)
    this.#parts.transport.disconnect(peerId)
  }

  /** Ends everything and opens nothing any more. */
  close(): void {
    const reason = new RpcError('CLOSED', 'this peer has been closed')
    this.#closing.abort(reason)
    for (const peerId of this.#links.keys()) this.disconnect(peerId, reason)
  }
}
