import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { ByteStream, StreamSink } from '../../ports/transport.ts'
import { type Outlet, Pipe, type Way } from './pipe.ts'

/** A peer and the way from it to the other one. */
export interface PairEnd {
  readonly peerId: string
  readonly address: string
  readonly way: Way
}

/** Two ends of a stream; what one sends, the other receives. */
export class StreamPair {
  readonly opener: MemoryStream
  readonly acceptor: MemoryStream
  readonly #pipes: readonly Pipe[]

  constructor(parts: { clock: Clock; random: Random; opener: PairEnd; acceptor: PairEnd }) {
    this.opener = new MemoryStream(parts.acceptor)
    this.acceptor = new MemoryStream(parts.opener)
    const { clock, random } = parts
    const forth = new Pipe({ clock, random, way: parts.opener.way, outlet: outletBetween(this.opener, this.acceptor) })
    const back = new Pipe({ clock, random, way: parts.acceptor.way, outlet: outletBetween(this.acceptor, this.opener) })
    this.opener.connect(back, forth)
    this.acceptor.connect(forth, back)
    this.#pipes = [forth, back]
  }

  get isOver(): boolean {
    return this.opener.isOver && this.acceptor.isOver
  }

  joins(peerId: string, other?: string): boolean {
    const ends = [this.opener.remotePeerId, this.acceptor.remotePeerId]
    return ends.includes(peerId) && (other === undefined || ends.includes(other))
  }

  /** Ends both ends at once, whatever is under way. */
  breakOff(error?: Error): void {
    for (const pipe of this.#pipes) pipe.stop()
    this.opener.finish(error)
    this.acceptor.finish(error)
  }

  /** Delivers what a cut way has held back. */
  deliver(): void {
    for (const pipe of this.#pipes) pipe.deliver()
  }
}

function outletBetween(sender: MemoryStream, receiver: MemoryStream): Outlet {
  return {
    data: (piece: Uint8Array) => receiver.receive(piece),
    end: () => receiver.receiveEnd(),
    reset: () => receiver.receiveReset(),
    drain: () => sender.drain(),
  }
}

/** One end of a stream in memory. */
export class MemoryStream implements ByteStream {
  readonly remotePeerId: string
  readonly remoteAddress: string
  readonly isSuperseded = false
  #in: Pipe | undefined
  #out: Pipe | undefined
  #sink: StreamSink | undefined
  #isClosing = false
  #over: { readonly error: Error | undefined } | undefined
  readonly #ended: Promise<void>
  #resolveEnded: () => void = () => {}

  constructor(remote: PairEnd) {
    this.remotePeerId = remote.peerId
    this.remoteAddress = remote.address
    this.#ended = new Promise((resolve) => {
      this.#resolveEnded = resolve
    })
  }

  connect(incoming: Pipe, outgoing: Pipe): void {
    this.#in = incoming
    this.#out = outgoing
  }

  get isOver(): boolean {
    return this.#over !== undefined
  }

  attach(sink: StreamSink): void {
    this.#sink = sink
    if (this.#over !== undefined) sink.close(this.#over.error)
  }

  send(pieces: readonly Uint8Array[]): boolean {
    if (this.isOver || this.#isClosing) return true
    return this.#out!.send(pieces)
  }

  pause(): void {
    this.#in!.pause()
  }

  resume(): void {
    this.#in!.resume()
  }

  close(): Promise<void> {
    this.#sendEnd()
    return this.#ended
  }

  abort(reason: Error): void {
    if (this.isOver) return
    this.#out!.reset()
    this.finish(reason)
  }

  receive(piece: Uint8Array): void {
    if (!this.isOver) this.#sink!.data(piece)
  }

  receiveEnd(): void {
    this.#sendEnd()
    this.finish()
  }

  receiveReset(): void {
    this.#out!.stop()
    this.finish(new Error(`${this.remotePeerId} has reset the stream`))
  }

  drain(): void {
    if (!this.isOver && !this.#isClosing) this.#sink!.drain()
  }

  finish(error?: Error): void {
    if (this.isOver) return
    this.#over = { error }
    this.#in!.stop()
    this.#sink?.close(error)
    this.#resolveEnded()
  }

  #sendEnd(): void {
    if (this.isOver || this.#isClosing) return
    this.#isClosing = true
    this.#out!.end()
  }
}
