import type { ByteStream, Transport } from '../../src/ports/transport.ts'
import { FrameParser, maximumBodyBytes, maximumHeadBytes } from '../../src/protocol/frame.ts'
import type { Lane } from '../../src/protocol/head-layout.ts'
import { decodeMessage, encodeMessage, type Message, type MessageHead } from '../../src/protocol/message.ts'
import type { TestNetwork, TestPeer } from './network.ts'

/** The bare end of a stream: sends what it is told, be it right or wrong, and keeps what comes back. */
export class RawStream {
  readonly messages: Message[] = []
  /** The error with which the stream has ended. */
  readonly closed: Promise<Error | undefined>
  readonly #stream: ByteStream
  #watchers: (() => void)[] = []

  constructor(stream: ByteStream) {
    this.#stream = stream
    const parser = new FrameParser({ headBytes: maximumHeadBytes, bodyBytes: maximumBodyBytes })
    this.closed = new Promise((close) => {
      stream.attach({
        data: (piece) => {
          for (const frame of parser.push(piece)) this.messages.push(decodeMessage(frame))
          for (const watcher of this.#watchers.splice(0)) watcher()
        },
        drain() {},
        close,
      })
    })
  }

  sendBytes(bytes: Uint8Array): void {
    this.#stream.send([bytes])
  }

  send(...message: Parameters<typeof encodeMessage>): void {
    this.#stream.send(encodeMessage(...message).pieces)
  }

  abort(): void {
    this.#stream.abort(new Error('enough'))
  }

  /** The message at this place, once it has come. */
  async message(index: number): Promise<Message> {
    while (this.messages.length <= index) await new Promise<void>((resolve) => this.#watchers.push(resolve))
    return this.messages[index]!
  }
}

export async function openRaw(net: TestNetwork, transport: Transport, target: TestPeer): Promise<RawStream> {
  const { signal } = new AbortController()
  return new RawStream(await net.settle(transport.open(target.peerId, target.addresses, { signal })))
}

export function helloFor(lane: Lane, overrides: Partial<MessageHead<'hello'>> = {}): MessageHead<'hello'> {
  const credential = new Uint8Array(Buffer.from('member'))
  return { network: 'testnet', lane, credential, windowBytes: 8 << 20, requestLimit: 256, ...overrides }
}

/** A raw stream over which the hello is done. */
export async function openGreeted(net: TestNetwork, transport: Transport, target: TestPeer): Promise<RawStream> {
  const stream = await openRaw(net, transport, target)
  stream.send('hello', helloFor('bulk'))
  await net.settle(stream.message(0))
  return stream
}
