import { asError } from '../as-error.ts'
import type { ByteStream } from '../ports/transport.ts'
import { type FrameLimits, FrameParser } from './frame.ts'
import { decodeMessage, type EncodedMessage, type Message } from './message.ts'
import { ProtocolError } from './protocol-error.ts'

/** Who gets what comes out of a {@link Channel}. */
export interface ChannelListener {
  /** May throw, which aborts the channel with that error. */
  message(message: Message): void
  /** `send` will not block again. */
  drain(): void
  /** Nothing follows. `error` when the channel did not end in good order. */
  close(error?: Error): void
}

/** Messages over a stream. What is not a valid message aborts the stream. */
export class Channel {
  readonly #stream: ByteStream
  readonly #parser: FrameParser
  #listener: ChannelListener | undefined
  readonly #ended: Promise<Error | undefined>
  #resolveEnded: (error: Error | undefined) => void = () => {}
  #closed: { readonly error: Error | undefined } | undefined
  #isBlocked = false

  constructor(stream: ByteStream, limits: FrameLimits) {
    this.#stream = stream
    this.#parser = new FrameParser(limits)
    this.#ended = new Promise((resolve) => {
      this.#resolveEnded = resolve
    })
    stream.attach({
      data: (piece) => this.#data(piece),
      drain: () => this.#drain(),
      close: (error) => this.#end(error),
    })
  }

  get remotePeerId(): string {
    return this.#stream.remotePeerId
  }

  get remoteAddress(): string {
    return this.#stream.remoteAddress
  }

  /** Whatever is not under way on this channel yet goes better over a new one. */
  get isSuperseded(): boolean {
    return this.#stream.isSuperseded
  }

  /** The stream has as much queued as it should have: what need not be sent now should wait for `drain`. */
  get isBlocked(): boolean {
    return this.#isBlocked
  }

  get isClosed(): boolean {
    return this.#closed !== undefined
  }

  /** Resolves when the channel has ended, with the error if it was not in good order. */
  get ended(): Promise<Error | undefined> {
    return this.#ended
  }

  /** Replaces the listener. One that comes after the end is told of it at once; while there is none, no message may come. */
  listen(listener: ChannelListener | undefined): void {
    this.#listener = listener
    if (this.#closed !== undefined) listener?.close(this.#closed.error)
  }

  /** From the next message on. */
  setLimits(limits: FrameLimits): void {
    this.#parser.limits = limits
  }

  send(message: EncodedMessage): void {
    if (this.#closed === undefined && !this.#stream.send(message.pieces)) this.#isBlocked = true
  }

  /** Resolves when what was sent is on its way; the listener is told of the end when both directions are over. */
  close(): Promise<void> {
    return this.#stream.close()
  }

  abort(reason: Error): void {
    this.#stream.abort(reason)
  }

  #data(piece: Uint8Array): void {
    try {
      for (const frame of this.#parser.push(piece)) {
        if (this.#closed !== undefined) return
        const message = decodeMessage(frame)
        if (this.#listener === undefined) throw new ProtocolError('FRAME_INVALID', `a ${message.kind} came out of turn`)
        this.#listener.message(message)
      }
    } catch (error) {
      this.abort(asError(error))
    }
  }

  #drain(): void {
    this.#isBlocked = false
    this.#listener?.drain()
  }

  #end(error: Error | undefined): void {
    if (this.#closed !== undefined) return
    this.#closed = { error }
    this.#listener?.close(error)
    this.#resolveEnded(error)
  }
}
