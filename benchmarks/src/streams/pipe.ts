/** Bytes in both directions, over whatever carries them: what is compared runs the same few lines. */
import type { TLSSocket } from 'node:tls'
import type { ByteStream } from '@p2pstore/node'

export interface Pipe {
  /** From now on; the last to be named gets all. */
  onData(take: (bytes: Uint8Array) => void): void
  send(bytes: Uint8Array): void
}

export function overSocket(socket: TLSSocket): Pipe {
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  let take = (_: Uint8Array): void => {}
  socket.on('data', (bytes) => take(bytes))
  return {
    onData(next) {
      take = next
    },
    send: (bytes) => void socket.write(bytes),
  }
}

export function overStream(stream: ByteStream): Pipe {
  let take = (_: Uint8Array): void => {}
  stream.attach({ data: (bytes) => take(bytes), drain() {}, close() {} })
  return {
    onData(next) {
      take = next
    },
    send: (bytes) => void stream.send([bytes]),
  }
}

const replyBytes = 1 << 20
const reply = Buffer.alloc(replyBytes, 'p2pstore')

/** Answers each byte with 1 MiB. */
export function giveReplies(pipe: Pipe): void {
  pipe.onData((requests) => {
    for (const _ of requests) pipe.send(reply)
  })
}

/** Asks for replies of 1 MiB, some of them in flight, until all have arrived. */
export function takeReplies(pipe: Pipe, count: number, inFlight: number): Promise<void> {
  return new Promise((resolve) => {
    let asked = Math.min(inFlight, count)
    let receivedBytes = 0
    pipe.onData((bytes) => {
      const before = Math.floor(receivedBytes / replyBytes)
      receivedBytes += bytes.length
      const next = Math.min(count - asked, Math.floor(receivedBytes / replyBytes) - before)
      asked += next
      if (next > 0) pipe.send(new Uint8Array(next))
      if (receivedBytes === count * replyBytes) resolve()
    })
    pipe.send(new Uint8Array(asked))
  })
}

export function sendBack(pipe: Pipe): void {
  pipe.onData((bytes) => pipe.send(bytes))
}

/** Sends bytes to an end that sends them back, and waits until it has. */
export function roundTrip(pipe: Pipe, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    let left = bytes.length
    pipe.onData((received) => {
      left -= received.length
      if (left === 0) resolve()
    })
    pipe.send(bytes)
  })
}
