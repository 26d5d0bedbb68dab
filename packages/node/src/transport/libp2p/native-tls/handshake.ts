import type { Duplex } from 'node:stream'
import {
  type CommonConnectionOptions,
  connect,
  createServer,
  type SecureContextOptions,
  type TLSSocket,
} from 'node:tls'
import { asError } from '../../../as-error.ts'
import type { Credentials } from './certificate.ts'

export interface HandshakeOptions extends Credentials {
  readonly isServer: boolean
  /** By preference; one is agreed on, unless the other end asks for none. */
  readonly applicationProtocols: readonly string[]
  readonly signal: AbortSignal | undefined
}

/**
 * TLS 1.3 over a connected socket, both ends showing certificates, which nobody has looked at yet. Errors of the socket that
 * is returned are heard, so that they don't end the process before someone else listens. The given one is destroyed when
 * the handshake fails.
 *
 * @throws Error that of the socket or of TLS, or the signal's reason
 */
export async function handshake(socket: Duplex, options: HandshakeOptions): Promise<TLSSocket> {
  const { isServer, cert, key, applicationProtocols, signal } = options
  const tlsOptions: CommonConnectionOptions & SecureContextOptions = {
    cert,
    key,
    // No authorities: none is asked, and loading them would take time.
    ca: [],
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    requestCert: true,
    rejectUnauthorized: false,
    ALPNProtocols: [...applicationProtocols],
  }
  const listening = new AbortController()
  try {
    signal?.throwIfAborted()
    if (socket.destroyed || !socket.readable) throw new Error('the connection was closed before the handshake')
    return await new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(asError(signal.reason)), { signal: listening.signal })
      socket.once('close', () => reject(new Error('the connection was closed during the handshake')))
      if (isServer) {
        // A server that never listens: a socket made without one keeps to itself what goes wrong after the handshake.
        const server = createServer(tlsOptions)
        server
          .once('tlsClientError', reject)
          .once('secureConnection', (secured) => resolve(secured.on('error', reject)))
        server.emit('connection', socket)
      } else {
        const secured = connect({ ...tlsOptions, socket }, () => resolve(secured))
        secured.on('error', reject)
      }
    })
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    listening.abort()
  }
}
