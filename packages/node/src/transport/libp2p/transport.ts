/**
 * The transport between real machines: TCP, encrypted and authenticated by TLS 1.3 or Noise, multiplexed by yamux. A peer
 * whose addresses don't work is looked for among those seen before and then in a distributed hash table that only peers
 * of the same network take part in.
 *
 * libp2p itself is loaded when the transport starts, because that takes most of a second.
 */
import type { Connection, Libp2p, PeerId, Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import type { Multiaddr } from '@multiformats/multiaddr'
import { deadline } from '../../clock/deadline.ts'
import { systemClock } from '../../clock/system-clock.ts'
import type { Identity } from '../../identity/identity.ts'
import type { ByteStream, Transport } from '../../ports/transport.ts'
import { TransportError } from '../transport-error.ts'
import { addressesOf, assertAddress } from './address.ts'
import type { Encryption } from './encryption.ts'
import type { Stack } from './stack.ts'
import { Strangers } from './strangers.ts'
import { Libp2pStream } from './stream.ts'

export interface Libp2pTransportOptions {
  readonly identity: Identity
  /** Name of the network, for the names of protocols: letters, digits and hyphens. */
  readonly networkId: string
  /** Multiaddrs to listen on, such as /ip4/0.0.0.0/tcp/4001. Default: none, this peer only dials. */
  readonly listen?: readonly string[]
  /** Multiaddrs of peers to join the network at, ending in their peer ids. Default: none. */
  readonly bootstrap?: readonly string[]
  /** Find peers on the local network by multicast DNS, and be found. Default: false. */
  readonly mdns?: boolean
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
/** A lookup goes over several peers, of which some may be gone. */
const lookupTimeoutMs = 3_000

export function createLibp2pTransport(options: Libp2pTransportOptions): Transport {
  return new Libp2pTransport(options)
}

class Libp2pTransport implements Transport {
  readonly peerId: string
  readonly #options: Libp2pTransportOptions
  readonly #strangers: Strangers
  #libp2p: Stack | undefined

  constructor(options: Libp2pTransportOptions) {
    this.peerId = options.identity.peerId
    this.#options = options
    this.#strangers = new Strangers({ clock: systemClock, isMember: options.isMember ?? (() => true) })
  }

  async start(onStream: (stream: ByteStream) => void): Promise<void> {
    const { identity, networkId, listen = [], bootstrap = [], mdns = false } = this.#options
    const { encryptions = defaultEncryptions } = this.#options
    for (const address of [...listen, ...bootstrap]) assertAddress(address)
    const { createStack } = await import('./stack.ts')
    const strangers = this.#strangers
    const isTrusted = (peerId: string): boolean => strangers.isTrusted(peerId)
    const seed = identity.revealSeed()
    const libp2p = await createStack({ seed, listen, bootstrap, mdns, networkId, encryptions, isTrusted })
    strangers.watch(libp2p, (connection) => identify(libp2p, connection))
    await libp2p.handle(protocol, (stream, connection) => onStream(wrap(stream, connection)), {
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
  }

  async stop(): Promise<void> {
    await this.#libp2p?.stop()
  }

  addresses(): string[] {
    return this.#libp2p?.getMultiaddrs().map(String) ?? []
  }

  async open(peerId: string, addresses: readonly string[], { signal }: { signal: AbortSignal }): Promise<ByteStream> {
    signal.throwIfAborted()
    try {
      const connect = () => this.#connect(peerIdFromString(peerId), addressesOf(peerId, addresses), signal)
      const connection = await connect()
      return await newStream(connection, signal).catch(async (error: unknown) => {
        if (!isClosed(error)) throw error
        // The other end is leaving; until its socket closes, the connection is still among the open ones.
        connection.abort(error)
        return newStream(await connect(), signal)
      })
    } catch (cause) {
      signal.throwIfAborted()
      throw new TransportError('PEER_UNREACHABLE', `${peerId} can't be reached`, { cause, retryable: true })
    }
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

  async #connect(peerId: PeerId, given: Multiaddr[], signal: AbortSignal): Promise<Connection> {
    const libp2p = this.#libp2p
    if (libp2p === undefined) throw new Error('the transport has not been started')
    const open = libp2p.getConnections(peerId).find((connection) => connection.status === 'open')
    if (open !== undefined) return open
    const tried = new Set<string>()
    const failures: unknown[] = []
    for (const find of [async () => given, () => seenAt(libp2p, peerId), () => lookUp(libp2p, peerId, signal)]) {
      try {
        const addresses = (await find()).filter((address) => !tried.has(String(address)))
        for (const address of addresses) tried.add(String(address))
        if (addresses.length > 0) return await libp2p.dial(addresses, { signal })
      } catch (error) {
        signal.throwIfAborted()
        failures.push(error)
      }
    }
    throw new AggregateError(failures, tried.size === 0 ? 'no address is known' : 'no address answers')
  }
}

/** Learns what a peer can do, for the table of who is where. One that doesn't trust us yet says nothing. */
function identify(libp2p: Stack, connection: Connection): void {
  libp2p.services.identify.identify(connection).catch(() => {})
}

/** Where the peer was met before, or was announced. */
async function seenAt(libp2p: Libp2p, peerId: PeerId): Promise<Multiaddr[]> {
  if (!(await libp2p.peerStore.has(peerId))) return []
  const { addresses } = await libp2p.peerStore.get(peerId)
  return addressesOf(
    String(peerId),
    addresses.map(({ multiaddr }) => String(multiaddr)),
  )
}

/** Where other peers say that it is. */
async function lookUp(libp2p: Libp2p, peerId: PeerId, signal: AbortSignal): Promise<Multiaddr[]> {
  const limit = deadline(systemClock, lookupTimeoutMs, signal)
  try {
    const { multiaddrs } = await libp2p.peerRouting.findPeer(peerId, { signal: limit.signal })
    return addressesOf(String(peerId), multiaddrs.map(String))
  } finally {
    limit.dispose()
  }
}

async function newStream(connection: Connection, signal: AbortSignal): Promise<ByteStream> {
  return wrap(await connection.newStream(protocol, { signal }), connection)
}

function isClosed(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ConnectionClosedError'
}

function wrap(stream: Stream, connection: Connection): ByteStream {
  return new Libp2pStream(stream, String(connection.remotePeer), String(connection.remoteAddr))
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
