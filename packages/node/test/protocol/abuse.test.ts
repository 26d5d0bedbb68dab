import { describe, expect, it } from 'vitest'
import type { Transport } from '../../src/ports/transport.ts'
import { encodeMessage } from '../../src/protocol/message.ts'
import type { Handler } from '../../src/protocol/rpc.ts'
import { libp2pNetwork, memoryNetwork, type TestNetwork, type TestPeer } from './network.ts'
import { helloFor, openGreeted, openRaw, type RawStream } from './raw-peer.ts'

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))
const limits = { requestLimit: 4, runningLimit: 1, streamLimit: 3, windowBytes: 3 << 20, helloLimit: 5 }

/** A victim whose handler never answers, and a member who wants to be served all the same. */
async function victimOf(net: TestNetwork) {
  const methods: string[] = []
  const handler: Handler = ({ method, signal }) => {
    methods.push(method)
    if (method === 'quick') return Promise.resolve({})
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
  const victim = await net.peer({ handler, limits })
  const member = await net.peer()
  return { victim, methods, member }
}

async function expectServed(net: TestNetwork, member: TestPeer, victim: TestPeer): Promise<void> {
  expect((await net.settle(member.rpc.call(victim, 'quick', {}))).head).toEqual({})
}

const request = (id: number, head: unknown = {}) => ({ id, method: 'slow', timeoutMs: 60_000, head })

type Misbehaviour = (stream: RawStream) => void

const beforeHello: [string, Misbehaviour][] = [
  ['garbage', (stream) => stream.sendBytes(new Uint8Array(100).fill(0x55))],
  ['an HTTP request', (stream) => stream.sendBytes(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))],
  ['a frame of another version', (stream) => stream.sendBytes(bytes('70320901000000000000000000000000'))],
  ['a head of 4 GiB', (stream) => stream.sendBytes(bytes('7032010100000000ffffffff00000000'))],
  ['a hello with a body', (stream) => stream.sendBytes(bytes('70320101000000000000000100000001a000'))],
  ['a request first', (stream) => stream.send('request', request(1))],
  ['an empty hello', (stream) => stream.sendBytes(bytes('70320101000000000000000100000000a0'))],
  ['a window too small for one message', (stream) => stream.send('hello', helloFor('bulk', { windowBytes: 1000 }))],
  ['a credential too long', (stream) => stream.send('hello', helloFor('bulk', { credential: new Uint8Array(17_000) }))],
]

const afterHello: [string, string, Misbehaviour][] = [
  ['garbage', 'FRAME_INVALID', (stream) => stream.sendBytes(new Uint8Array(100).fill(0x55))],
  ['a body of 2 MiB', 'FRAME_INVALID', (stream) => stream.sendBytes(bytes('70320103000000000000000100200000'))],
  ['an unknown kind', 'FRAME_INVALID', (stream) => stream.sendBytes(bytes('70320163000000000000000100000000a0'))],
  [
    'a head that is no CBOR',
    'FRAME_INVALID',
    (stream) => stream.sendBytes(bytes('70320103000000000000000700000000000000010178ff')),
  ],
  [
    'a deeply nested head',
    'FRAME_INVALID',
    (stream) =>
      stream.sendBytes(bytes(`7032010300000000${'00001000'}${'0'.repeat(8)}000000010178${'81'.repeat(4090)}`)),
  ],
  ['a second hello', 'FRAME_INVALID', (stream) => stream.send('hello', helloFor('bulk'))],
  ['an answer to nothing', 'FRAME_INVALID', (stream) => stream.send('reply', { id: 1, head: {} })],
  [
    'two requests of one id',
    'FRAME_INVALID',
    (stream) => [1, 1].forEach((id) => void stream.send('request', request(id))),
  ],
  [
    'too many requests',
    'LIMIT_EXCEEDED',
    (stream) => [1, 2, 3, 4, 5].forEach((id) => void stream.send('request', request(id))),
  ],
  [
    'more than its credit',
    'CREDIT_EXCEEDED',
    (stream) => [1, 2, 3, 4].forEach((id) => void stream.send('request', request(id), new Uint8Array(1 << 20))),
  ],
  ['credit for what was never sent', 'CREDIT_EXCEEDED', (stream) => stream.send('credit', { bytes: 1 })],
]

interface Scene {
  readonly net: TestNetwork
  readonly stranger: Transport
  readonly victim: TestPeer
}

async function misbehaveBeforeHello({ net, stranger, victim }: Scene, misbehave: Misbehaviour): Promise<void> {
  const stream = await openRaw(net, stranger, victim)
  misbehave(stream)
  await net.settle(stream.closed)
  expect(stream.messages).toEqual([])
}

async function misbehaveAfterHello(scene: Scene, code: string, misbehave: Misbehaviour): Promise<void> {
  const { net, stranger, victim } = scene
  const stream = await openGreeted(net, stranger, victim)
  misbehave(stream)
  expect(await net.settle(stream.closed)).toBeInstanceOf(Error)
  const aborted = net.logger.lines.filter(({ message }) => message === 'a stream was aborted')
  expect(aborted.at(-1)).toMatchObject({ level: 'warn', fields: { err: { code } } })
}

describe('a peer', () => {
  it.each(beforeHello)('that says %s instead of a hello is turned away, unheard', async (_what, misbehave) => {
    const net = memoryNetwork()
    const { victim, member, methods } = await victimOf(net)
    await misbehaveBeforeHello({ net, victim, stranger: await net.transport() }, misbehave)
    expect(methods).toEqual([])
    await expectServed(net, member, victim)
  })

  it.each(afterHello)('that was let in and sends %s loses its stream: %s', async (_what, code, misbehave) => {
    const net = memoryNetwork()
    const { victim, member } = await victimOf(net)
    await misbehaveAfterHello({ net, victim, stranger: await net.transport() }, code, misbehave)
    await expectServed(net, member, victim)
  })

  it('that opens too many streams loses the last', async () => {
    const net = memoryNetwork()
    const { victim, member } = await victimOf(net)
    const transport = await net.transport()
    const streams = [1, 2, 3].map(() => openGreeted(net, transport, victim))
    for (const stream of streams) await stream
    const extra = await openRaw(net, transport, victim)
    expect(await net.settle(extra.closed)).toBeInstanceOf(Error)
    await expectServed(net, member, victim)
  })

  it('that says hello and garbage in one breath does not stay connected', async () => {
    const net = memoryNetwork()
    const { victim, member } = await victimOf(net)
    const events: string[] = []
    victim.rpc.observe({
      connected: ({ peerId }) => void events.push(`connected ${peerId}`),
      disconnected: ({ peerId }) => void events.push(`disconnected ${peerId}`),
    })
    const stranger = await net.transport()
    const stream = await openRaw(net, stranger, victim)
    const { pieces } = encodeMessage('hello', helloFor('bulk'))
    stream.sendBytes(Buffer.concat([...pieces, Buffer.alloc(100)]))
    await net.settle(stream.closed)
    await net.advance(10)
    const ofStranger = events.filter((event) => event.endsWith(stranger.peerId))
    expect(ofStranger.filter((event) => event.startsWith('connected'))).toHaveLength(
      ofStranger.filter((event) => event.startsWith('disconnected')).length,
    )
    await expectServed(net, member, victim)
  })

  it('that cancels what is not there, or twice, is not punished', async () => {
    const net = memoryNetwork()
    const { victim } = await victimOf(net)
    const stream = await openGreeted(net, await net.transport(), victim)
    stream.send('cancel', { id: 99 })
    stream.send('request', request(1))
    stream.send('cancel', { id: 1 })
    stream.send('cancel', { id: 1 })
    expect(await net.settle(stream.message(1))).toMatchObject({ kind: 'failure', head: { id: 1, code: 'ABORTED' } })
    stream.send('request', { ...request(1), method: 'quick' })
    expect(await net.settle(stream.message(2))).toMatchObject({ kind: 'reply', head: { id: 1 } })
  })

  it('that sends its request in crumbs is served', async () => {
    const net = memoryNetwork()
    const { victim } = await victimOf(net)
    const stream = await openGreeted(net, await net.transport(), victim)
    const { pieces } = encodeMessage('request', { ...request(7), method: 'quick' }, new Uint8Array(200))
    for (const byte of Buffer.concat(pieces)) stream.sendBytes(Uint8Array.of(byte))
    expect(await net.settle(stream.message(1))).toMatchObject({ kind: 'reply', head: { id: 7 } })
  })
})

describe('a node on real sockets', () => {
  it('goes on serving its members, whatever others send', async () => {
    const net = libp2pNetwork()
    const { victim, member } = await victimOf(net)
    const scene = { net, victim, stranger: await net.transport() }
    for (const [, misbehave] of beforeHello) {
      await misbehaveBeforeHello(scene, misbehave)
      scene.stranger.disconnect(victim.peerId)
    }
    await expectServed(net, member, victim)
    for (const [, code, misbehave] of afterHello) {
      await misbehaveAfterHello(scene, code, misbehave)
      scene.stranger.disconnect(victim.peerId)
    }
    await expectServed(net, member, victim)
  })
})

describe('a peer that says nothing', () => {
  it('is turned away when the time for the hello is up', async () => {
    const net = memoryNetwork()
    const { victim, member } = await victimOf(net)
    const stream = await openRaw(net, await net.transport(), victim)
    stream.sendBytes(bytes('7032'))
    await net.advance(9_990)
    await expectServed(net, member, victim)
    let isClosed = false
    void stream.closed.then(() => {
      isClosed = true
    })
    expect(isClosed).toBe(false)
    await net.advance(20)
    expect(isClosed).toBe(true)
  })

  it('cannot keep others out: of too many, the oldest goes', async () => {
    const net = memoryNetwork()
    const { victim, member } = await victimOf(net)
    const streams: RawStream[] = []
    for (let index = 0; index < limits.helloLimit + 1; index++) {
      streams.push(await openRaw(net, await net.transport(), victim))
    }
    expect(await net.settle(streams[0]!.closed)).toBeInstanceOf(Error)
    await expectServed(net, member, victim)
  })
})
