import { Socket } from 'node:net'
import type { MultiaddrConnection } from '@libp2p/interface'
import { Uint8ArrayList } from 'uint8arraylist'

/** What libp2p's TCP connections are made of, which their type does not tell. */
export interface TcpConnection extends MultiaddrConnection {
  readonly socket: Socket
  /** What has arrived and was not read. */
  readonly readBuffer: Uint8ArrayList
}

/** Whether there is nothing but a socket under this connection, and bytes may go past it. */
export function isTcpConnection(connection: object): connection is TcpConnection {
  const { socket, readBuffer } = connection as Partial<TcpConnection>
  return socket instanceof Socket && readBuffer instanceof Uint8ArrayList
}

/**
 * The connection's socket, paused, with every byte still in it that was not read from the connection. The connection gets
 * no bytes any more and no longer ends an idle socket, but still hears of its end.
 *
 * When libp2p aborts the connection it resets the socket, unless that is ending. TLS ends it without the socket's knowledge,
 * and then the reset fails, the descriptor stays open, and Node spins for ever when the process is to end. So such a socket is
 * closed instead. Source: libuv, uv_tcp_close_reset: not to be mixed with uv_shutdown.
 */
export function takeSocket(connection: TcpConnection): Socket {
  const { socket, readBuffer } = connection
  socket.pause()
  socket.removeAllListeners('data')
  socket.setTimeout(0)
  socket.resetAndDestroy = () => socket.destroy()
  if (readBuffer.byteLength > 0) {
    socket.unshift(readBuffer.slice())
    readBuffer.consume(readBuffer.byteLength)
  }
  return socket
}
