/**
 * A TLS socket as one of libp2p's connections.
 *
 * - libp2p closes a connection by closing the TCP connection it began with. That would cut off what TLS still has to send,
 *   so the close of that one is made to close this one first.
 * - What is queued goes to TLS at once: as one piece of work for the cipher, and few system calls. Short pieces are joined
 *   before, which is quicker than having Node do it, and so is a long one with the short ones before it where there is room.
 * - What arrives comes a TLS record of 16 KiB at a time, several in one turn of the event loop. They are delivered together,
 *   because each delivery takes the multiplexer as long as copying the record would; at once when a record is not full, which
 *   is the last of what was sent together.
 */
import { once } from 'node:events'
import type { TLSSocket } from 'node:tls'
import { type AbortOptions, type MultiaddrConnection, TimeoutError } from '@libp2p/interface'
import { AbstractMultiaddrConnection, type SendResult } from '@libp2p/utils'
import type { Uint8ArrayList } from 'uint8arraylist'
import { asError } from '../../../as-error.ts'
import { departures } from '../../../slabs.ts'
import { Inbox, recordBytes } from './inbox.ts'
import { readSocket } from './read-socket.ts'

/** Two records of TLS: what is longer than that isn't copied. */
const joinedBytes = 32 * 1024

export class TlsConnection extends AbstractMultiaddrConnection {
  readonly #socket: TLSSocket
  readonly #tcp: MultiaddrConnection
  readonly #inbox = new Inbox()
  #isDelivering = false

  constructor(socket: TLSSocket, tcp: MultiaddrConnection) {
    const { remoteAddr, direction, inactivityTimeout, maxReadBufferLength } = tcp
    super({ remoteAddr, direction, inactivityTimeout, maxReadBufferLength, log: tcp.log.newScope('tls') })
    this.#socket = socket
    this.#tcp = tcp
    socket.on('drain', () => this.safeDispatchEvent('drain'))
    socket.on('error', (error) => this.abort(error))
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.#deliver()
        this.onTransportClosed()
      })
    }
    socket.setTimeout(inactivityTimeout, () => this.abort(new TimeoutError('the connection was idle')))
    this.#endWithTcp()
    readSocket(socket, this.#inbox, (lengthBytes) => this.#arrived(lengthBytes))
  }

  sendData(list: Uint8ArrayList): SendResult {
    const sentBytes = list.byteLength
    if (sentBytes <= joinedBytes) {
      this.#socket.write(list.subarray())
    } else {
      this.#sendLong([...list])
    }
    return { sentBytes, canSendMore: !this.#socket.writableNeedDrain }
  }

  /** Node joins pieces before it encrypts them. What is read from a disk for this has room for a message's head before it. */
  #sendLong(pieces: readonly Uint8Array[]): void {
    const long = pieces.findIndex(({ length }) => length > joinedBytes)
    const joined = long < 0 ? undefined : departures.joined(pieces.slice(0, long), pieces[long]!)
    const chunks = joined === undefined ? pieces : [joined, ...pieces.slice(long + 1)]
    const last = chunks.length - 1
    const done = (error?: Error | null): void => {
      if (!error) departures.giveBack(pieces)
    }
    this.#socket.cork()
    for (const [index, chunk] of chunks.entries()) this.#socket.write(chunk, index === last ? done : undefined)
    this.#socket.uncork()
  }

  async sendClose({ signal }: AbortOptions = {}): Promise<void> {
    if (this.#socket.closed) return
    this.#socket.destroySoon()
    await once(this.#socket, 'close', { signal })
  }

  sendReset(error: Error): void {
    this.#tcp.abort(error)
  }

  sendPause(): void {
    this.#socket.pause()
  }

  /** Called after what was kept has been delivered, when the receiver may have paused again. */
  sendResume(): void {
    if (this.readStatus !== 'paused') this.#socket.resume()
  }

  #arrived(lengthBytes: number): void {
    if (lengthBytes < recordBytes) {
      this.#deliver()
      return
    }
    if (this.#isDelivering) return
    this.#isDelivering = true
    setImmediate(() => this.#deliver())
  }

  #deliver(): void {
    this.#isDelivering = false
    if (!this.#inbox.isEmpty) this.onData(this.#inbox.takeAll())
  }

  #endWithTcp(): void {
    const tcp = this.#tcp
    const closeTcp = tcp.close.bind(tcp)
    tcp.close = async (options) => {
      try {
        await this.close(options)
      } catch (error) {
        this.abort(asError(error))
        throw error
      }
      await closeTcp(options)
    }
    tcp.addEventListener('close', ({ error }) => {
      // Without an error it has closed because the TLS socket did, which has yet to say why.
      if (error !== undefined) this.abort(error)
    })
  }
}
