/**
 * The transport between real machines: TCP, encrypted and authenticated by TLS 1.3 or Noise, multiplexed by yamux. A peer
 * whose addresses don't work is looked for among those seen before and then in a distributed hash table that only peers
 * of the same network take part in.
 *
 * libp2p itself is loaded when the transport starts, because that takes most of a second.
 */
import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { systemClock } from '../../clock/system-clock.ts'
import type { Identity } from '../../identity/identity.ts'
import type { ByteStream, Introduce, Transport } from '../../ports/transport.ts'
import { TransportError } from '../transport-error.ts'
import { addressesOf, assertAddress } from './address.ts'
import { Arrivals } from './arrivals.ts'
import { dialBack } from './dial-back.ts'
import { Dialler } from './dialler.ts'
import { endUnneeded, hasDirect, isDirect } from './direct.ts'
import type { Encryption } from './encryption.ts'
import { giveBackLate } from './lazy-window.ts'
import type { RelayRole } from './relay-role.ts'
import type { Stack } from './stack.ts'
import { Strangers } from './strangers.ts'
import { Libp2pStream } from './stream.ts'

export interface Libp2pTransportOptions {
  readonly identity: Identity
  /** Name of the network, for the names of protocols: letters, digits and hyphens. */
  readonly networkId: string
  /** Multiaddrs to listen on, such as /ip4/0.0.0.0/tcp/4001. Default: none, this peer only dials. */
  readonly listen?: readonly string[]
  /** Multiaddrs at which others reach this peer too, by way of a router that forwards a port. Default: none. */
  readonly announce?: readonly string[]
  /** Multiaddrs of peers to join the network at, ending in their peer ids. Default: none. */
  readonly bootstrap?: readonly string[]
  /** Find peers on the local network by multicast DNS, and be found. Default: false. */
  readonly mdns?: boolean
  /**
   * Whether to carry for members that can't be dialled, or to have others carry for this one, now or when told to.
   * Default: neither.
   */
  readonly relay?: RelayRole
  /** Ways to encrypt connections, best first. Default: TLS on Node's own sockets, then Noise. */
  readonly encryptions?: readonly Encryption[]
  /**
   * Whether a peer is known to be a member. Others are held at arm's length until they are trusted. Default: anyone is as
   * good as a member.
   */
  readonly isMember?: (peerId: string) => boolean
}

const protocol = '/p2pstore/1.0.0'
const defaultEncryptions: readonly Encryption[] = ['native-tls', 'noise']
/** Per connection and direction; the rpc has its own, lower limit. */
const streamLimit = 16

export function createLibp2pTransport(options: Libp2pTransportOptions): Transport {
  return new Libp2pTransport(options)
}

class Libp2pTransport implements Transport {
  readonly peerId: string
  readonly #options: Libp2pTransportOptions
  readonly #strangers: Strangers
  #libp2p: Stack | undefined
  #dialler: Dialler | undefined

  constructor(options: Libp2pTransportOptions) {
    this.peerId = options.identity.peerId
    this.#options = options
    this.#strangers = new Strangers({ clock: systemClock, isMember: options.isMember ?? (() => true) })
  }

  async start(onStream: (stream: ByteStream) => void, introduce: Introduce = async () => {}): Promise<void> {
    const {
      identity,
      networkId,
      listen = [],
      announce = [],
      bootstrap = [],
      mdns = false,
      relay = 'off',
    } = this.#options
    const { encryptions = defaultEncryptions } = this.#options
    for (const address of [...listen, ...announce, ...bootstrap]) assertAddress(address)
    const { createStack } = await import('./stack.ts')
    const strangers = this.#strangers
    const arrivals = new Arrivals(systemClock)
    const isTrusted = (peerId: string): boolean => strangers.isTrusted(peerId)
    const seed = identity.revealSeed()
    const libp2p = await createStack({
      seed,
      listen,
      announce,
      bootstrap,
      mdns,
      networkId,
      relay,
      encryptions,
      isTrusted,
      gater: arrivals.gater,
    })
    endUnneeded(libp2p, protocol)
    arrivals.watch(libp2p)
    strangers.watch(libp2p, (connection) => identify(libp2p, connection))
    await libp2p.handle(protocol, (stream, connection) => onStream(wrap(libp2p, stream, connection)), {
      maxInboundStreams: streamLimit,
      maxOutboundStreams: streamLimit,
    })
    if (mdns) libp2p.addEventListener('peer:discovery', ({ detail }) => void libp2p.dial(detail.id).catch(() => {}))
    try {
      await libp2p.start()
    } catch (error) {
      throw explainStart(error, listen)
    }
    this.#libp2p = libp2p
    this.#dialler = new Dialler(libp2p, introduce)
  }

  async stop(): Promise<void> {
    await this.#libp2p?.stop()
  }

  addresses(): string[] {
    this.#libp2p?.services.listening.announce()
    return this.#libp2p?.getMultiaddrs().map(String) ?? []
  }

  async open(peerId: string, addresses: readonly string[], { signal }: { signal: AbortSignal }): Promise<ByteStream> {
    signal.throwIfAborted()
    try {
      const [libp2p, dialler] = [this.#libp2p, this.#dialler]
      if (libp2p === undefined || dialler === undefined) throw new Error('the transport has not been started')
      const connect = () => dialler.connect(peerIdFromString(peerId), addressesOf(peerId, addresses), signal)
      const connection = await connect()
      return await newStream(libp2p, connection, signal).catch(async (error: unknown) => {
        if (!isClosed(error)) throw error
        // The other end is leaving; until its socket closes, the connection is still among the open ones.
        connection.abort(error)
        return newStream(libp2p, await connect(), signal)
      })
    } catch (cause) {
      signal.throwIfAborted()
      throw new TransportError('PEER_UNREACHABLE', `${peerId} can't be reached`, { cause, retryable: true })
    }
  }

  async dialBack(peerId: string, addresses: readonly string[], { signal }: { signal: AbortSignal }): Promise<boolean> {
    if (this.#libp2p === undefined) return false
    return dialBack(this.#libp2p, peerIdFromString(peerId), addressesOf(peerId, addresses), signal)
  }

  async useRelays(isWanted: boolean): Promise<void> {
    if (this.#options.relay === 'auto') await this.#libp2p?.services.listening.useRelays(isWanted)
  }

  trust(peerId: string): void {
    const libp2p = this.#libp2p
    if (libp2p === undefined || !this.#strangers.trust(peerId)) return
    for (const connection of libp2p.getConnections(peerIdFromString(peerId))) identify(libp2p, connection)
  }

  disconnect(peerId: string): void {
    const connections = this.#libp2p?.getConnections(peerIdFromString(peerId)) ?? []
    for (const connection of connections) connection.abort(new Error('this side has ended the connection'))
  }
}

/** Learns what a peer can do, for the table of who is where. One that doesn't trust us yet says nothing. */
function identify(libp2p: Stack, connection: Connection): void {
  libp2p.services.identify.identify(connection).catch(() => {})
}

function isClosed(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ConnectionClosedError'
}

async function newStream(libp2p: Libp2p, connection: Connection, signal: AbortSignal): Promise<ByteStream> {
  return wrap(libp2p, await connection.newStream(protocol, { signal }), connection)
}

function wrap(libp2p: Libp2p, stream: Stream, connection: Connection): ByteStream {
  giveBackLate(stream)
  const hasBetterWay = isDirect(connection) ? () => false : () => hasDirect(libp2p, connection)
  return new Libp2pStream(stream, connection, hasBetterWay)
}

/** libp2p tells why it can't listen in a text only, one line for each address. */
function explainStart(error: unknown, listen: readonly string[]): unknown {
  if (!(error instanceof Error) || error.name !== 'UnsupportedListenAddressesError') return error
  const reasonFor = (address: string): string | undefined =>
    error.message.split('\n').find((line) => line.trim().startsWith(`${address}: `))
  const taken = listen.find((address) => reasonFor(address)?.includes('EADDRINUSE'))
  if (taken !== undefined)
    return new TransportError('ADDRESS_IN_USE', `${taken} is already in use; choose another address to listen on`, {
      cause: error,
    })
  const failed = listen.find((address) => reasonFor(address) !== undefined) ?? listen.join(', ')
  return new TransportError('ADDRESS_INVALID', `it is not possible to listen on ${failed}`, { cause: error })
}
