import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ByteStream, StreamSink, Transport } from '../../src/ports/transport.ts'

/** Transports of one network, and time for them. */
export interface TransportHarness {
  /** A transport that was not started; one that listens when `listens`. Stopped when the test is over. */
  create(options: { listens: boolean }): Promise<Transport>
  /** A transport that wants the same address as `taken`, which listens. */
  createAt(taken: Transport): Promise<Transport>
  /** A peer id that nobody has. */
  unknownPeerId(): string
  /** Waits for a promise, letting time pass if it is virtual. */
  settle<T>(promise: Promise<T>): Promise<T>
}

/** What every transport must do. `harness` is called once for each test. */
export function testTransport(name: string, harness: () => Promise<TransportHarness>): void {
  describe(`${name} as a transport`, () => {
    it('carries bytes in both directions, in order, whatever the sizes', async () => {
      const net = await harness()
      const { opened, accepted } = await openPair(net)
      const chunk = fc.uint8Array({ maxLength: 5000 })
      const chunks = fc.array(fc.tuple(fc.boolean(), fc.array(chunk, { maxLength: 4 })), { maxLength: 20 })
      await fc.assert(
        fc.asyncProperty(chunks, async (sends) => {
          const sent = { forth: [] as Uint8Array[], back: [] as Uint8Array[] }
          for (const [isForth, pieces] of sends) {
            ;(isForth ? opened : accepted).stream.send(pieces)
            sent[isForth ? 'forth' : 'back'].push(...pieces)
          }
          expect(await net.settle(accepted.take(lengthOf(sent.forth)))).toEqual(Buffer.concat(sent.forth))
          expect(await net.settle(opened.take(lengthOf(sent.back)))).toEqual(Buffer.concat(sent.back))
        }),
        { numRuns: 30 },
      )
    })

    it('names the peer at the other end', async () => {
      const net = await harness()
      const { opened, accepted, dialler, listener } = await openPair(net)
      expect(opened.stream.remotePeerId).toBe(listener.peerId)
      expect(accepted.stream.remotePeerId).toBe(dialler.peerId)
      expect(opened.stream.remoteAddress).not.toBe('')
    })

    it('tells whether a peer can be dialled anew, and leaves what is open as it is', async () => {
      const net = await harness()
      const { opened, accepted, dialler, listener } = await openPair(net)
      const tried = (from: Transport, to: Transport, addresses = to.addresses()) =>
        net.settle(from.dialBack(to.peerId, addresses, { signal: never }))
      expect(await tried(dialler, listener)).toBe(true)
      expect(await tried(dialler, listener, [])).toBe(false)
      expect(await tried(listener, dialler)).toBe(false)
      opened.stream.send([Uint8Array.of(1, 2, 3)])
      expect(await net.settle(accepted.take(3))).toEqual(Buffer.of(1, 2, 3))
    })

    it('makes a sender wait for a receiver that has paused, and loses nothing', async () => {
      const net = await harness()
      const { opened, accepted } = await openPair(net)
      accepted.stream.pause()
      const piece = new Uint8Array(64 * 1024).map((_, index) => index * 7)
      let count = 1
      while (opened.stream.send([piece])) {
        count += 1
        expect(count, 'pieces accepted from the sender').toBeLessThan(1024)
        await net.settle(turn())
      }
      expect(accepted.receivedBytes).toBe(0)
      expect(opened.drainCount).toBe(0)
      accepted.stream.resume()
      const received = await net.settle(accepted.take(count * piece.length))
      expect(received.equals(Buffer.concat(Array(count).fill(piece)))).toBe(true)
      await net.settle(opened.drained)
    })

    it('calls drain after a false, whatever is sent in between', async () => {
      const net = await harness()
      const { opened, accepted } = await openPair(net)
      accepted.onData = () => {
        accepted.stream.pause()
        setImmediate(() => accepted.stream.resume())
        opened.stream.send([Uint8Array.of(1)])
      }
      while (opened.stream.send([new Uint8Array(64 * 1024)])) {}
      await net.settle(opened.drained)
      expect(opened.drainCount).toBe(1)
      accepted.onData = () => {}
    })

    it('delivers nothing more once the receiver has paused while it was being delivered to', async () => {
      const net = await harness()
      const { opened, accepted } = await openPair(net)
      accepted.onData = () => accepted.stream.pause()
      opened.stream.send([new Uint8Array(100_000).fill(1), new Uint8Array(100_000).fill(2)])
      let expectedBytes = 0
      while (expectedBytes < 200_000) {
        if (accepted.receivedBytes === expectedBytes) await net.settle(accepted.next())
        const received = accepted.receivedBytes
        expect(received).toBeGreaterThan(expectedBytes)
        await net.settle(turn())
        expect(accepted.receivedBytes).toBe(received)
        expectedBytes = received
        accepted.stream.resume()
      }
      expect(expectedBytes).toBe(200_000)
    })

    it('delivers everything before the end when the sender closes', async () => {
      const net = await harness()
      const { opened, accepted } = await openPair(net)
      const bytes = new Uint8Array(600_000).fill(9)
      opened.stream.send([bytes])
      await net.settle(Promise.all([opened.stream.close(), opened.closed, accepted.closed]))
      expect(accepted.receivedBytes).toBe(bytes.length)
      expect(await opened.closed).toBeUndefined()
      expect(await accepted.closed).toBeUndefined()
    })

    it('delivers everything to a receiver that was paused when the sender closed', async () => {
      const net = await harness()
      const { opened, accepted } = await openPair(net)
      accepted.stream.pause()
      opened.stream.send([new Uint8Array(50_000)])
      const closing = opened.stream.close()
      await net.settle(turn())
      accepted.stream.resume()
      await net.settle(Promise.all([closing, accepted.closed]))
      expect(accepted.receivedBytes).toBe(50_000)
    })

    it('ends both ends with an error when one aborts', async () => {
      const net = await harness()
      const { opened, accepted } = await openPair(net)
      const reason = new Error('enough')
      accepted.stream.abort(reason)
      expect(await net.settle(accepted.closed)).toBe(reason)
      expect(await net.settle(opened.closed)).toBeInstanceOf(Error)
    })

    it('ignores what is done to a stream that is over', async () => {
      const net = await harness()
      const { opened, accepted } = await openPair(net)
      opened.stream.abort(new Error('enough'))
      await net.settle(accepted.closed)
      for (const { stream } of [opened, accepted]) {
        stream.send([new Uint8Array(10)])
        stream.pause()
        stream.resume()
        stream.abort(new Error('again'))
        await net.settle(stream.close())
      }
      expect(opened.receivedBytes + accepted.receivedBytes).toBe(0)
      expect([opened.closeCount, accepted.closeCount]).toEqual([1, 1])
    })

    it('keeps streams apart', async () => {
      const net = await harness()
      const first = await openPair(net)
      const streams = [first.opened]
      for (let index = 1; index < 6; index++) streams.push(await first.openAnother())
      streams.forEach(({ stream }, index) => void stream.send([Uint8Array.of(index)]))
      for (const [index, accepted] of (await net.settle(first.accept(6))).entries()) {
        expect([...(await net.settle(accepted.take(1)))]).toEqual([index])
      }
      streams[2]?.stream.abort(new Error('enough'))
      streams[3]?.stream.send([Uint8Array.of(33)])
      const accepted = await net.settle(first.accept(6))
      expect([...(await net.settle(accepted[3]!.take(1)))]).toEqual([33])
      expect(accepted[3]?.closeCount).toBe(0)
    })

    it('reaches a peer that does not listen over the connection it has opened', async () => {
      const net = await harness()
      const { dialler, listener, diallerAccepts } = await openPair(net)
      expect(dialler.addresses()).toEqual([])
      const back = new Recorder(await net.settle(listener.open(dialler.peerId, [], { signal: never })))
      back.stream.send([Uint8Array.of(1, 2, 3)])
      const [accepted] = await net.settle(diallerAccepts(1))
      expect([...(await net.settle(accepted!.take(3)))]).toEqual([1, 2, 3])
    })

    it('has addresses that end in the peer id when it listens', async () => {
      const net = await harness()
      const { listener } = await openPair(net)
      expect(listener.addresses().length).toBeGreaterThan(0)
      for (const address of listener.addresses()) expect(address.endsWith(`/p2p/${listener.peerId}`)).toBe(true)
    })

    it('says when a peer cannot be reached', async () => {
      const net = await harness()
      const { dialler } = await openPair(net)
      const open = dialler.open(net.unknownPeerId(), [], { signal: never })
      await expect(net.settle(open)).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' })
    })

    it('opens nothing once the signal is aborted, and gives its reason', async () => {
      const net = await harness()
      const { dialler, listener } = await openPair(net)
      const reason = new Error('never mind')
      const signal = AbortSignal.abort(reason)
      await expect(dialler.open(listener.peerId, listener.addresses(), { signal })).rejects.toBe(reason)
      const later = new AbortController()
      const open = dialler.open(net.unknownPeerId(), [], { signal: later.signal })
      later.abort(reason)
      await expect(net.settle(open)).rejects.toBe(reason)
    })

    it('ends every stream with a peer on disconnect', async () => {
      const net = await harness()
      const { dialler, listener, opened, accepted } = await openPair(net)
      listener.disconnect(dialler.peerId)
      await net.settle(Promise.all([opened.closed, accepted.closed]))
      const again = await net.settle(dialler.open(listener.peerId, listener.addresses(), { signal: never }))
      expect(again.remotePeerId).toBe(listener.peerId)
      new Recorder(again).stream.abort(new Error('enough'))
    })

    it('ends every stream on stop, can be stopped twice, and cannot be reached any more', async () => {
      const net = await harness()
      const { dialler, listener, opened, accepted } = await openPair(net)
      const addresses = listener.addresses()
      await net.settle(listener.stop())
      await net.settle(Promise.all([opened.closed, accepted.closed]))
      await net.settle(listener.stop())
      const open = dialler.open(listener.peerId, addresses, { signal: never })
      await expect(net.settle(open)).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' })
    })

    it('says in one line which address is in use', async () => {
      const net = await harness()
      const { listener } = await openPair(net)
      const second = await net.createAt(listener)
      const error = await net.settle(second.start(() => {})).catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: 'ADDRESS_IN_USE' })
      const [first = ''] = listener.addresses()
      expect((error as Error).message).toBe(
        `${first.slice(0, first.indexOf('/p2p/'))} is already in use; choose another address to listen on`,
      )
    })
  })
}

const never = new AbortController().signal

/** A sink that keeps what it gets. */
class Recorder implements StreamSink {
  readonly stream: ByteStream
  readonly closed: Promise<Error | undefined>
  readonly drained: Promise<void>
  receivedBytes = 0
  drainCount = 0
  closeCount = 0
  onData: () => void = () => {}
  #untaken = Buffer.alloc(0)
  #resolveClosed: (error: Error | undefined) => void = () => {}
  #resolveDrained: () => void = () => {}
  #watchers: (() => void)[] = []

  constructor(stream: ByteStream) {
    this.stream = stream
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    this.drained = new Promise((resolve) => {
      this.#resolveDrained = resolve
    })
    stream.attach(this)
  }

  data(bytes: Uint8Array): void {
    this.receivedBytes += bytes.length
    this.#untaken = Buffer.concat([this.#untaken, bytes])
    this.onData()
    for (const watcher of this.#watchers.splice(0)) watcher()
  }

  drain(): void {
    this.drainCount += 1
    this.#resolveDrained()
  }

  close(error?: Error): void {
    this.closeCount += 1
    this.#resolveClosed(error)
  }

  /** The next `length` bytes. */
  async take(length: number): Promise<Buffer> {
    while (this.#untaken.length < length) await this.next()
    const taken = this.#untaken.subarray(0, length)
    this.#untaken = this.#untaken.subarray(length)
    return taken
  }

  /** Resolves when something arrives. */
  next(): Promise<void> {
    return new Promise((resolve) => this.#watchers.push(resolve))
  }
}

/** Streams that a transport has accepted. */
class Acceptor {
  readonly #accepted: Recorder[] = []
  #watchers: (() => void)[] = []

  readonly onStream = (stream: ByteStream): void => {
    this.#accepted.push(new Recorder(stream))
    for (const watcher of this.#watchers.splice(0)) watcher()
  }

  /** All of them, once there are so many. */
  async accepted(count: number): Promise<Recorder[]> {
    while (this.#accepted.length < count) await new Promise<void>((resolve) => this.#watchers.push(resolve))
    return this.#accepted
  }
}

async function openPair(net: TransportHarness) {
  const [listener, dialler] = [await net.create({ listens: true }), await net.create({ listens: false })]
  const [acceptor, diallerAcceptor] = [new Acceptor(), new Acceptor()]
  await net.settle(listener.start(acceptor.onStream))
  await net.settle(dialler.start(diallerAcceptor.onStream))
  const openAnother = async (): Promise<Recorder> =>
    new Recorder(await net.settle(dialler.open(listener.peerId, listener.addresses(), { signal: never })))
  const opened = await openAnother()
  const [accepted] = await net.settle(acceptor.accepted(1))
  return {
    listener,
    dialler,
    opened,
    accepted: accepted!,
    openAnother,
    accept: (count: number) => acceptor.accepted(count),
    diallerAccepts: (count: number) => diallerAcceptor.accepted(count),
  }
}

function lengthOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0)
}

/** A turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
