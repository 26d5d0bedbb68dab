/**
 * Yamux acknowledges every message with a message of its own, which gives back the room that it took. That costs each end as
 * much as the message did. Go's yamux waits until half of the window is used, which is as good for a sender, and so do streams
 * that have passed through here. One that isn't yamux's, or of another version, stays as it is.
 *
 * Source: hashicorp/yamux, stream.go (`sendWindowUpdate`); @libp2p/yamux, stream.ts.
 */
import type { Stream } from '@libp2p/interface'

interface YamuxStream {
  sendWindowUpdate(): void
  /** Bytes that the other end may have in flight when nothing is, and as it is now. */
  readonly recvWindow: number
  readonly recvWindowCapacity: number
}

/** For a stream that has been opened, both ways: the first message of all opens it. */
export function giveBackLate(stream: Stream): void {
  if (!isYamux(stream)) return
  const giveBack = stream.sendWindowUpdate.bind(stream)
  stream.sendWindowUpdate = () => {
    if (stream.recvWindowCapacity <= stream.recvWindow / 2) giveBack()
  }
}

function isYamux(stream: object): stream is YamuxStream {
  const { sendWindowUpdate, recvWindow, recvWindowCapacity } = stream as Partial<YamuxStream>
  return (
    typeof sendWindowUpdate === 'function' && typeof recvWindow === 'number' && typeof recvWindowCapacity === 'number'
  )
}
