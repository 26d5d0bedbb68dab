/**
 * What goes through a relay. libp2p's relay reads from one side as fast as it can, however slowly the other side takes it,
 * and so would hold whatever a peer likes to send to another that doesn't listen. Here a side is not read from while the
 * other has not taken what came before; the sender feels it in its window. When all that is held comes to more than the
 * budget even so, the stream that holds most is ended.
 *
 * Which streams are joined is seen from the bytes: the relay sends on the very objects that it was given.
 */
import type { Stream } from '@libp2p/interface'
import type { Uint8ArrayList } from 'uint8arraylist'
import { onRoom } from './on-room.ts'

type Bytes = Uint8Array | Uint8ArrayList

const defaultBudgetBytes = 64 << 20

export class RelayTraffic {
  readonly #budgetBytes: number
  readonly #streams = new Set<Stream>()
  readonly #origins = new WeakMap<Bytes, Stream>()

  /** @param budgetBytes what may be held for all streams together. Default 64 MiB */
  constructor(budgetBytes = defaultBudgetBytes) {
    this.#budgetBytes = budgetBytes
  }

  /** Takes a stream that is going to be joined to another one. */
  watch(stream: Stream): Stream {
    this.#streams.add(stream)
    stream.addEventListener('close', () => this.#streams.delete(stream))
    stream.addEventListener('message', ({ data }) => void this.#origins.set(data, stream))
    const send = stream.send.bind(stream)
    stream.send = (data) => {
      const canSendMore = send(data)
      const origin = this.#origins.get(data)
      if (!canSendMore && origin !== undefined) this.#hold(origin, stream)
      return canSendMore
    }
    return stream
  }

  /** Reads no more from one side until the other has taken what it was sent. */
  #hold(origin: Stream, target: Stream): void {
    if (origin.readStatus !== 'readable') return
    origin.pause()
    onRoom(target, () => {
      if (origin.readStatus === 'paused') origin.resume()
    })
    this.#keepToBudget()
  }

  #keepToBudget(): void {
    const heldBytes = (stream: Stream): number => stream.readBufferLength + stream.writeBufferLength
    const streams = [...this.#streams].sort((a, b) => heldBytes(b) - heldBytes(a))
    const sumBytes = streams.reduce((sum, stream) => sum + heldBytes(stream), 0)
    if (sumBytes > this.#budgetBytes) streams[0]!.abort(new Error('a relay holds too much that nobody takes'))
  }
}
