import { Duplex } from 'node:stream'
import type { MessageStream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface'
import { Uint8ArrayList } from 'uint8arraylist'
import { asError } from '../../../as-error.ts'
import { onRoom } from '../on-room.ts'

interface Chunk {
  readonly chunk: Uint8Array
}

/** A connection that is not just a socket, as what Node's TLS can be put on. It must not be used in other ways any more. */
export class StreamDuplex extends Duplex {
  readonly #stream: MessageStream
  #isPaused = true

  constructor(stream: MessageStream) {
    super()
    this.#stream = stream
    stream.pause()
    stream.addEventListener('message', ({ data }: StreamMessageEvent) => {
      const pieces = data instanceof Uint8Array ? [data] : [...data]
      const canTakeMore = pieces.map((piece) => this.push(piece)).at(-1)
      if (canTakeMore !== false || this.#isPaused || stream.status !== 'open') return
      this.#isPaused = true
      stream.pause()
    })
    stream.addEventListener('end', () => this.push(null))
    stream.addEventListener('close', ({ error }: StreamCloseEvent) => {
      if (error !== undefined) this.destroy(error)
    })
  }

  override _read(): void {
    if (!this.#isPaused || this.#stream.status !== 'open') return
    this.#isPaused = false
    this.#stream.resume()
  }

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error) => void): void {
    this._writev([{ chunk }], done)
  }

  override _writev(chunks: readonly Chunk[], done: (error?: Error) => void): void {
    try {
      if (this.#stream.send(new Uint8ArrayList(...chunks.map(({ chunk }) => chunk)))) done()
      else onRoom(this.#stream, done)
    } catch (error) {
      done(asError(error))
    }
  }

  override _final(done: (error?: Error) => void): void {
    this.#stream.close().then(() => done(), done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (this.#stream.status === 'open') this.#stream.abort(error ?? new Error('the connection was destroyed'))
    done(error)
  }
}
