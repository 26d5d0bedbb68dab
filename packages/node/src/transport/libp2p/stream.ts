/**
 * A libp2p stream as a {@link ByteStream}: the one place that knows how libp2p 3 streams behave.
 *
 * - Their `drain` event says that the layer below takes bytes again, while their own queue may still be long. We tell the
 *   sender to go on only when that queue is short, else it would grow without limit.
 * - Each `send` becomes a frame, a TLS record and a system call or two. Small ones of one turn of the event loop are gathered.
 * - A message is a list of pieces and delivered whole, even when its first piece makes the receiver pause: the rest is put
 *   back.
 * - They can be closed in one direction only. Ours end in both: when the other end has closed and all it sent has been
 *   delivered, we close too.
 * - `send`, `pause` and `resume` throw on a stream that has just ended, and an error thrown by a listener would end the
 *   process.
 */
import type { Connection, Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface'
import { Uint8ArrayList } from 'uint8arraylist'
import { asError } from '../../as-error.ts'
import type { ByteStream, StreamSink } from '../../ports/transport.ts'

/** The sender may go on when fewer bytes than this wait in the stream's queue. */
const lowWaterBytes = 64 * 1024
/** What is gathered goes out at the end of the turn, or when there is so much of it. */
const gatherBytes = 64 * 1024

export class Libp2pStream implements ByteStream {
  readonly remotePeerId: string
  readonly remoteAddress: string
  readonly #stream: Stream
  readonly #hasBetterWay: () => boolean
  #sink: StreamSink | undefined
  #gathered: Uint8Array[] = []
  #gatheredBytes = 0
  #turn: NodeJS.Immediate | undefined
  #isBlocked = false
  #isPaused = false
  #isOver = false

  constructor(stream: Stream, { remotePeer, remoteAddr }: Connection, hasBetterWay: () => boolean) {
    this.#stream = stream
    this.#hasBetterWay = hasBetterWay
    this.remotePeerId = String(remotePeer)
    this.remoteAddress = String(remoteAddr)
  }

  get isSuperseded(): boolean {
    return this.#hasBetterWay()
  }

  attach(sink: StreamSink): void {
    const stream = this.#stream
    this.#sink = sink
    stream.addEventListener('close', (event) => this.#onClose(event))
    stream.addEventListener('end', () => void this.#onEnd())
    // The queue is worked off in a microtask of the drain event, which is set before ours.
    for (const event of ['drain', 'idle'] as const) {
      stream.addEventListener(event, () => this.#isBlocked && queueMicrotask(() => this.#onRoom()))
    }
    stream.addEventListener('message', (event) => this.#onMessage(event))
    if (stream.readableEnded) void this.#onEnd()
    if (isFinished(stream)) this.#finish(new Error('the stream has ended'))
  }

  send(pieces: readonly Uint8Array[]): boolean {
    if (this.#isOver || this.#stream.writeStatus !== 'writable') return true
    this.#turn ??= setImmediate(() => this.#flush())
    for (const piece of pieces) {
      this.#gathered.push(piece)
      this.#gatheredBytes += piece.length
    }
    if (this.#gatheredBytes >= gatherBytes) this.#flush()
    return !this.#isBlocked
  }

  #flush(): void {
    // One that waits for nothing would make the event loop come round, which takes a system call.
    clearImmediate(this.#turn)
    this.#turn = undefined
    if (this.#gatheredBytes === 0 || this.#isOver) return
    const pieces = this.#gatheredBytes < gatherBytes ? [Buffer.concat(this.#gathered)] : this.#gathered
    this.#gathered = []
    this.#gatheredBytes = 0
    this.#attempt(() => {
      if (!this.#stream.send(Uint8ArrayList.fromUint8Arrays(pieces))) this.#isBlocked = true
    })
  }

  pause(): void {
    if (this.#isPaused || !isReadable(this.#stream)) return
    this.#isPaused = true
    this.#attempt(() => this.#stream.pause())
  }

  resume(): void {
    if (!this.#isPaused || !isReadable(this.#stream)) return
    this.#isPaused = false
    this.#attempt(() => this.#stream.resume())
  }

  async close(): Promise<void> {
    this.#flush()
    try {
      await this.#stream.close()
    } catch (error) {
      this.abort(asError(error))
    }
  }

  abort(reason: Error): void {
    this.#stream.abort(reason)
  }

  #onMessage({ data }: StreamMessageEvent): void {
    const pieces = data instanceof Uint8Array ? [data] : [...data]
    this.#attempt(() => {
      for (let index = 0; index < pieces.length && !this.#isOver; index++) {
        this.#sink!.data(plain(pieces[index]!))
        if (this.#isPaused && index + 1 < pieces.length) {
          this.#stream.unshift(new Uint8ArrayList(...pieces.slice(index + 1)))
          return
        }
      }
    })
  }

  #attempt(action: () => void): void {
    try {
      action()
    } catch (error) {
      this.abort(asError(error))
    }
  }

  #onRoom(): void {
    if (!this.#isBlocked || this.#isOver) return
    if (this.#stream.writableNeedsDrain || this.#stream.writeBufferLength > lowWaterBytes) return
    this.#isBlocked = false
    this.#sink!.drain()
  }

  /** The other end has closed, and all that it sent has been delivered. */
  async #onEnd(): Promise<void> {
    await this.close()
    this.#finish()
  }

  /** Without an error there may still be something to deliver: then `end` follows. */
  #onClose({ error }: StreamCloseEvent): void {
    if (error !== undefined || this.#stream.readBufferLength === 0) this.#finish(error)
  }

  #finish(error?: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#sink!.close(error)
  }
}

function isReadable({ readStatus }: Stream): boolean {
  return readStatus === 'readable' || readStatus === 'paused'
}

function isFinished({ status, readBufferLength }: Stream): boolean {
  return status === 'aborted' || status === 'reset' || (status === 'closed' && readBufferLength === 0)
}

/** Node's sockets give Buffers, on which `slice` means something else than on a Uint8Array. */
function plain(bytes: Uint8Array): Uint8Array {
  return bytes instanceof Buffer ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : bytes
}
