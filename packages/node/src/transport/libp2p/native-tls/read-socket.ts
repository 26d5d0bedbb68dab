/**
 * Reading a TLS socket into memory of our own. By itself, Node makes a buffer for each record of 16 KiB, sets it to zero, copies
 * the record there, passes it through a readable stream, and leaves it to the garbage collector, which was measured to take
 * more time than decrypting it. A socket that Node connects can be given a buffer to read into (`onread`); one that is wrapped
 * in TLS afterwards can't, although all that it takes is in it. So it is set from outside, where it is found, and where it isn't
 * the socket is read as usual.
 *
 * Source: Node's lib/net.js (`initSocketHandle`) and lib/internal/stream_base_commons.js (`onStreamRead`).
 */
import type { TLSSocket } from 'node:tls'
import type { Inbox } from './inbox.ts'

interface Handle {
  useUserBuffer(buffer: Buffer): void
}

interface Slots {
  readonly buffer: symbol
  readonly onRead: symbol
  readonly nextBuffer: symbol
}

/** Names of the symbols under which a socket keeps the buffer, what it tells of bytes in it, and what gives the next one. */
const names = ['kBuffer', 'kBufferCb', 'kBufferGen'] as const

/** Reads all that arrives into the inbox, and says each time how much it was. The socket starts to flow. */
export function readSocket(socket: TLSSocket, inbox: Inbox, onBytes: (lengthBytes: number) => void): void {
  const handle = handleOf(socket)
  const slots = slotsOf(socket)
  if (handle === undefined || slots === undefined) {
    socket.on('data', (bytes) => {
      inbox.append(bytes)
      onBytes(bytes.length)
    })
    return
  }
  for (let early = socket.read() as Buffer | null; early !== null; early = socket.read()) {
    inbox.append(early)
    onBytes(early.length)
  }
  const first = inbox.room()
  Object.assign(socket, {
    [slots.buffer]: first,
    [slots.onRead]: (lengthBytes: number): boolean => {
      inbox.wrote(lengthBytes)
      onBytes(lengthBytes)
      return true
    },
    [slots.nextBuffer]: () => inbox.room(),
  })
  handle.useUserBuffer(first)
  socket.resume()
}

function handleOf(socket: TLSSocket): Handle | undefined {
  const { _handle: handle } = socket as { _handle?: Partial<Handle> | null }
  return typeof handle?.useUserBuffer === 'function' ? (handle as Handle) : undefined
}

function slotsOf(socket: TLSSocket): Slots | undefined {
  const symbols = Object.getOwnPropertySymbols(socket)
  const [buffer, onRead, nextBuffer] = names.map((name) => symbols.find(({ description }) => description === name))
  return buffer && onRead && nextBuffer && { buffer, onRead, nextBuffer }
}
