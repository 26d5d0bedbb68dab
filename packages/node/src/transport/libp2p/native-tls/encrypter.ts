/**
 * Encryption of connections: libp2p's `/tls/1.0.0`, by the TLS that is built into Node, on the TCP connection's own socket.
 * libp2p's implementation of the same protocol puts a stream between the two, through which each byte goes in JavaScript,
 * and which takes more time than all the rest. That is done here only for connections that aren't just a socket: those
 * through a relay.
 *
 * The multiplexer is agreed on within the handshake, which saves a round trip.
 *
 * Source: libp2p specifications, "TLS Handshake" and "Inlined Muxer Negotiation".
 */
import {
  type ConnectionEncrypter,
  InvalidCryptoExchangeError,
  type MultiaddrConnection,
  type SecureConnectionOptions,
  type SecuredConnection,
  serviceCapabilities,
} from '@libp2p/interface'
import type { TLSComponents } from '@libp2p/tls'
import type { Clock } from '../../../ports/clock.ts'
import { type Credentials, createCertificate } from './certificate.ts'
import { TlsConnection } from './connection.ts'
import { handshake } from './handshake.ts'
import { StreamDuplex } from './stream-duplex.ts'
import { isTcpConnection, takeSocket } from './take-socket.ts'
import { verifyCertificate } from './verify-certificate.ts'

const protocol = '/tls/1.0.0'
/** What ends agree on that have no multiplexer in common, or don't choose it here. */
const noMuxer = 'libp2p'

/** @param options.clock by which certificates of others are valid or not */
export function nativeTls(options: { readonly clock: Clock }): (components: TLSComponents) => ConnectionEncrypter {
  return (components) => new NativeTls(components, options.clock)
}

class NativeTls implements ConnectionEncrypter {
  readonly protocol = protocol
  readonly [Symbol.toStringTag] = 'native-tls'
  readonly [serviceCapabilities] = ['@libp2p/connection-encryption']
  readonly #components: TLSComponents
  readonly #clock: Clock
  #credentials: Promise<Credentials> | undefined

  constructor(components: TLSComponents, clock: Clock) {
    this.#components = components
    this.#clock = clock
  }

  async secureInbound(connection: MultiaddrConnection, options?: SecureConnectionOptions): Promise<SecuredConnection> {
    return this.#secure(connection, true, options)
  }

  async secureOutbound(connection: MultiaddrConnection, options?: SecureConnectionOptions): Promise<SecuredConnection> {
    return this.#secure(connection, false, options)
  }

  async #secure(
    connection: MultiaddrConnection,
    isServer: boolean,
    { remotePeer, signal, skipStreamMuxerNegotiation = false }: SecureConnectionOptions = {},
  ): Promise<SecuredConnection> {
    const muxers = this.#components.upgrader.getStreamMuxers()
    const credentials = await this.#ownCredentials()
    const socket = await handshake(
      isTcpConnection(connection) ? takeSocket(connection) : new StreamDuplex(connection),
      {
        ...credentials,
        isServer,
        applicationProtocols: skipStreamMuxerNegotiation ? [noMuxer] : [...muxers.keys(), noMuxer],
        signal,
      },
    )
    try {
      const peerId = await verifyCertificate(socket.getPeerX509Certificate(), this.#clock.nowMs(), remotePeer)
      if (socket.destroyed) throw new InvalidCryptoExchangeError('the connection was closed after the handshake')
      const streamMuxer = muxers.get(socket.alpnProtocol || noMuxer)
      return {
        remotePeer: peerId,
        connection: new TlsConnection(socket, connection),
        ...(streamMuxer !== undefined && { streamMuxer }),
      }
    } catch (error) {
      socket.destroy()
      throw error
    }
  }

  /** One certificate does for all connections. */
  #ownCredentials(): Promise<Credentials> {
    this.#credentials ??= createCertificate(this.#components.privateKey)
    return this.#credentials
  }
}
