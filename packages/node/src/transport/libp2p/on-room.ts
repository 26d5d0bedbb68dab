import type { MessageStream } from '@libp2p/interface'

/** Whoever sends more than this while it waits may fill memory. */
const lowWaterBytes = 64 << 10

/**
 * Calls back once when a stream that could not send all at once has little left to send, or has ended. Its `drain` event alone
 * says only that the layer below takes bytes again, while its own queue may be long.
 */
export function onRoom(stream: MessageStream, callback: () => void): void {
  const onEvent = (): void =>
    // The queue is worked off in a microtask of the drain event, which is set before ours.
    queueMicrotask(() => {
      if (stream.status === 'open' && stream.writeBufferLength > lowWaterBytes) return
      stream.removeEventListener('drain', onEvent)
      stream.removeEventListener('close', onEvent)
      callback()
    })
  stream.addEventListener('drain', onEvent)
  stream.addEventListener('close', onEvent)
}
