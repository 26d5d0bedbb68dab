import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import {
  type ConnectionOptions,
  createServer as createTlsServer,
  type TLSSocket,
  connect as tlsConnect,
} from 'node:tls'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type {
  ConnectionEncrypter,
  MessageStream,
  MultiaddrConnection,
  SecuredConnection,
  StreamCloseEvent,
  StreamMuxerFactory,
} from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { tls } from '@libp2p/tls'
import { multiaddrConnectionPair } from '@libp2p/utils'
import { yamux } from '@libp2p/yamux'
import { Uint8ArrayList } from 'uint8arraylist'
import { describe, expect, it, onTestFinished } from 'vitest'
import { manualClock } from '../../src/clock/manual-clock.ts'
import { systemClock } from '../../src/clock/system-clock.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { departures } from '../../src/slabs.ts'
import { type Credentials, createCertificate } from '../../src/transport/libp2p/native-tls/certificate.ts'
import { nativeTls } from '../../src/transport/libp2p/native-tls/encrypter.ts'
import type { TcpConnection } from '../../src/transport/libp2p/native-tls/take-socket.ts'
import { dial, listen, silentLogger, tcpPair } from './tcp-connections.ts'
import { forge } from './tls-certificates.ts'

const [dialler, listener, stranger] = await Promise.all([1, 2, 3].map(() => generateKeyPair('Ed25519')))
const [diallerId, listenerId, strangerId] = [dialler!, listener!, stranger!].map(peerIdFromPrivateKey)
const muxer = yamux()()

interface EncrypterOptions {
  readonly kind?: 'native' | 'libp2p'
  readonly clock?: Clock
  readonly muxers?: readonly StreamMuxerFactory[]
}

function encrypter(privateKey: typeof dialler, options: EncrypterOptions = {}): ConnectionEncrypter {
  const { kind = 'native', clock = systemClock, muxers = [muxer] } = options
  const upgrader = { getStreamMuxers: () => new Map(muxers.map((muxer) => [muxer.protocol, muxer])) }
  const components = { privateKey: privateKey!, logger: silentLogger, upgrader: upgrader as never }
  return kind === 'native' ? nativeTls({ clock })(components) : tls()(components)
}

/** The ends of a connection, encrypted: that which has dialled, and the other. */
async function securedPair(
  outbound: EncrypterOptions = {},
  inbound: EncrypterOptions = {},
): Promise<[SecuredConnection, SecuredConnection]> {
  const [out, inn] = await tcpPair()
  return Promise.all([
    encrypter(dialler, outbound).secureOutbound(out, { remotePeer: listenerId! }),
    encrypter(listener, inbound).secureInbound(inn),
  ])
}

const payload = (length: number): Uint8Array => new Uint8Array(length).map((_, index) => index * 31 + (index >> 8))

async function receive(stream: MessageStream, length: number): Promise<Buffer> {
  const received: Uint8Array[] = []
  let count = 0
  await new Promise<void>((resolve, reject) => {
    stream.addEventListener('message', ({ data }) => {
      received.push(data.subarray())
      count += data.byteLength
      if (count >= length) resolve()
    })
    stream.addEventListener('close', () => reject(new Error(`closed after ${count} bytes`)))
  })
  return Buffer.concat(received)
}

function closed(stream: MessageStream): Promise<Error | undefined> {
  return new Promise((resolve) => {
    stream.addEventListener('close', ({ error }: StreamCloseEvent) => resolve(error))
  })
}

const muxerNames = (connections: SecuredConnection[]): (string | undefined)[] =>
  connections.map(({ streamMuxer }) => streamMuxer?.protocol)

describe.each([
  ['native', 'native'],
  ['native', 'libp2p'],
  ['libp2p', 'native'],
] as const)('TLS from %s to %s', (outbound, inbound) => {
  const secure = () => securedPair({ kind: outbound }, { kind: inbound })

  it('tells each end who the other is, and agrees on a muxer', async () => {
    const [out, inn] = await secure()
    expect([String(out.remotePeer), String(inn.remotePeer)]).toEqual([String(listenerId), String(diallerId)])
    expect(muxerNames([out, inn])).toEqual(['/yamux/1.0.0', '/yamux/1.0.0'])
  })

  it('carries bytes both ways', async () => {
    const [out, inn] = await secure()
    const [forth, back] = [payload(3_000_000), payload(1_000_001)]
    const received = Promise.all([receive(inn.connection, forth.length), receive(out.connection, back.length)])
    out.connection.send(forth)
    inn.connection.send(back)
    const [arrivedThere, arrivedHere] = await received
    expect(arrivedThere.equals(forth)).toBe(true)
    expect(arrivedHere.equals(back)).toBe(true)
  })

  it('ends at both ends when one closes', async () => {
    const [out, inn] = await secure()
    inn.connection.addEventListener('message', () => {})
    const ends = Promise.all([closed(out.connection), closed(inn.connection)])
    await out.connection.close()
    expect(await ends).toEqual([undefined, undefined])
  })

  it('ends at both ends when one aborts', async () => {
    const [out, inn] = await secure()
    const ends = Promise.all([closed(out.connection), closed(inn.connection)])
    const reason = new Error('enough')
    out.connection.abort(reason)
    expect((await ends)[0]).toBe(reason)
    expect([out.connection.status, inn.connection.status]).not.toContain('open')
  })

  it('does without a muxer when there is none in common', async () => {
    const other = { protocol: '/other/1.0.0' } as StreamMuxerFactory
    const ends = await securedPair({ kind: outbound, muxers: [other] }, { kind: inbound })
    expect(muxerNames(ends)).toEqual([undefined, undefined])
  })
})

describe('native TLS as an acceptor', () => {
  /** What becomes of a connection on which the other end does `act`. */
  async function accept(act: (port: number) => void, options: EncrypterOptions = {}): Promise<SecuredConnection> {
    const { port, accept } = await listen()
    act(port)
    return encrypter(listener, options).secureInbound(await accept())
  }

  function dialTls(port: number, options: ConnectionOptions): TLSSocket {
    const socket = tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
    socket.on('error', () => {})
    onTestFinished(() => void socket.destroy())
    return socket
  }

  function dialTcp(port: number): Socket {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    onTestFinished(() => void socket.destroy())
    return socket
  }

  it('takes a client that is only TLS, and does not offer a muxer to one that did not ask', async () => {
    const credentials = await createCertificate(dialler!)
    const { remotePeer, streamMuxer } = await accept((port) => dialTls(port, credentials))
    expect(String(remotePeer)).toBe(String(diallerId))
    expect(streamMuxer).toBeUndefined()
  })

  it('takes what had arrived before', async () => {
    const { port, accept } = await listen()
    dialTls(port, await createCertificate(dialler!))
    const connection = await accept()
    while (connection.readBufferLength === 0) await new Promise(setImmediate)
    const { remotePeer } = await encrypter(listener).secureInbound(connection)
    expect(String(remotePeer)).toBe(String(diallerId))
  })

  const refused: [string, () => Promise<Partial<Credentials>>, RegExp][] = [
    ['no certificate', async () => ({}), /there is none/],
    ['an expired certificate', () => forge({ peer: dialler!, notAfter: new Date('2021-01-01') }), /expired/],
    ['a forged certificate', () => forge({ peer: dialler!, signer: stranger! }), /has not signed/],
    ['a certificate of no peer', () => forge({ peer: dialler!, extensions: () => [] }), /libp2p extension/],
    [
      'several certificates',
      async () => {
        const [one, two] = [await createCertificate(dialler!), await createCertificate(stranger!)]
        return { cert: one.cert + two.cert, key: one.key }
      },
      /there are several/,
    ],
  ]
  it.each(refused)('refuses a client with %s and ends the connection', async (_name, credentials, message) => {
    const { cert, key } = await credentials()
    let client: TLSSocket | undefined
    const accepting = accept((port) => {
      client = dialTls(port, { ...(cert && { cert }), ...(key && { key }) })
    })
    await expect(accepting).rejects.toThrow(message)
    if (!client!.closed) await once(client!, 'close')
  })

  it('goes by its own clock', async () => {
    const credentials = await createCertificate(dialler!)
    for (const [date, message] of [
      ['1970-01-01', /not valid yet/],
      ['4096-06-01', /expired/],
    ] as const) {
      const clock = manualClock({ startMs: Date.parse(date) })
      await expect(accept((port) => dialTls(port, credentials), { clock })).rejects.toThrow(message)
    }
  })

  it('refuses TLS 1.2', async () => {
    const credentials = await createCertificate(dialler!)
    const accepting = accept((port) => dialTls(port, { ...credentials, maxVersion: 'TLSv1.2' }))
    await expect(accepting).rejects.toMatchObject({ code: 'ERR_SSL_UNSUPPORTED_PROTOCOL' })
  })

  it('refuses a client that wants none of its protocols', async () => {
    const credentials = await createCertificate(dialler!)
    const accepting = accept((port) => dialTls(port, { ...credentials, ALPNProtocols: ['h2'] }))
    await expect(accepting).rejects.toMatchObject({ code: 'ERR_SSL_NO_APPLICATION_PROTOCOL' })
  })

  it('does not renegotiate', async () => {
    const credentials = await createCertificate(dialler!)
    let client: TLSSocket | undefined
    const { connection } = await accept((port) => {
      client = dialTls(port, credentials)
    })
    const error = await new Promise((resolve) => client!.renegotiate({}, resolve))
    expect(error).toMatchObject({ code: 'ERR_SSL_WRONG_SSL_VERSION' })
    expect(connection.status).toBe('open')
  })

  it('lets nobody in by an earlier session', async () => {
    const credentials = await createCertificate(dialler!)
    const { port, accept } = await listen()
    const encrypting = encrypter(listener)
    const first = dialTls(port, credentials)
    const session = once(first, 'session')
    await encrypting.secureInbound(await accept())
    const second = dialTls(port, { session: (await session)[0] })
    await expect(encrypting.secureInbound(await accept())).rejects.toThrow(/there is none/)
    expect(second.isSessionReused()).toBe(false)
  })

  it.each([
    ['garbage', Buffer.alloc(1000, 0xa5)],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a record that is too long', Buffer.from('16030180000100', 'hex')],
  ])('refuses %s and ends the connection', async (_name, bytes) => {
    let client: Socket | undefined
    const accepting = accept((port) => {
      client = dialTcp(port)
      client.write(bytes)
    })
    await expect(accepting).rejects.toThrow()
    client!.resume()
    if (!client!.closed) await once(client!, 'close')
  })

  it('refuses a broken record that comes along with the end of the handshake', async () => {
    const credentials = await createCertificate(dialler!)
    const record = Buffer.from(`1703030020${'a5'.repeat(32)}`, 'hex')
    const accepting = accept((port) => {
      const tcp = dialTcp(port)
      dialTls(port, { ...credentials, socket: tcp }).once('secureConnect', () => tcp.write(record))
    })
    await expect(accepting).rejects.toMatchObject({ code: 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC' })
  })

  it('fails or ends when the socket does while the certificate is looked at', async () => {
    const { port, accept } = await listen()
    dialTls(port, await createCertificate(dialler!))
    const tcp = (await accept()) as TcpConnection
    const nowMs = (): number => {
      tcp.socket.destroy(new Error('unplugged'))
      return systemClock.nowMs()
    }
    const clock = { nowMs, monotonicMs: systemClock.monotonicMs, setTimer: systemClock.setTimer }
    const accepting = encrypter(listener, { clock }).secureInbound(tcp)
    const end = await accepting.then(({ connection }) => closed(connection)).catch((error: unknown) => error)
    expect(end).toBeInstanceOf(Error)
  })

  it.each([0, 3, 60])('gives up when the other end closes after %i bytes', async (length) => {
    const start = Buffer.from(`16030100a00100009c0303${'11'.repeat(60)}`, 'hex').subarray(0, length)
    await expect(accept((port) => dialTcp(port).end(start))).rejects.toThrow(/./)
  })

  it('gives up when it is told to, and ends the connection', async () => {
    const { port, accept } = await listen()
    const client = dialTcp(port)
    const giveUp = new AbortController()
    const accepting = encrypter(listener).secureInbound(await accept(), { signal: giveUp.signal })
    const reason = new Error('never mind')
    giveUp.abort(reason)
    await expect(accepting).rejects.toBe(reason)
    client.resume()
    if (!client.closed) await once(client, 'close')
    const late = accept()
    dialTcp(port)
    await expect(encrypter(listener).secureInbound(await late, { signal: giveUp.signal })).rejects.toBe(reason)
  })
})

describe('native TLS as a dialler', () => {
  async function serve(options: Partial<Credentials>): Promise<number> {
    const server = createTlsServer({ ...options, requestCert: true, rejectUnauthorized: false })
    server.on('tlsClientError', () => {}).on('secureConnection', (socket) => socket.on('error', () => {}))
    return portOf(server)
  }

  const outbound = async (port: number): Promise<SecuredConnection> =>
    encrypter(dialler).secureOutbound(await dial(port), { remotePeer: listenerId! })

  it('sends no server name', async () => {
    const server = createTlsServer(await createCertificate(listener!))
    const accepted = once(server, 'secureConnection')
    await outbound(await portOf(server))
    const [socket] = (await accepted) as [TLSSocket & { servername: unknown }]
    expect(socket.servername).toBe(false)
  })

  it('refuses another peer than the expected one', async () => {
    const [out, inn] = await tcpPair()
    const accepting = encrypter(listener).secureInbound(inn)
    const dialling = encrypter(dialler).secureOutbound(out, { remotePeer: strangerId! })
    await expect(dialling).rejects.toMatchObject({ name: 'UnexpectedPeerError' })
    const accepted = await accepting.catch(() => undefined)
    if (accepted?.connection.status === 'open') await closed(accepted.connection)
    expect(out.status).not.toBe('open')
  })

  it('takes any peer when none is expected', async () => {
    const [out, inn] = await tcpPair()
    const accepting = encrypter(listener).secureInbound(inn)
    const { remotePeer } = await encrypter(dialler).secureOutbound(out)
    expect(String(remotePeer)).toBe(String(listenerId))
    await accepting
  })

  it('refuses forged and several certificates', async () => {
    const forged = await forge({ peer: listener!, signer: stranger! })
    await expect(outbound(await serve(forged))).rejects.toThrow(/has not signed/)
    const [one, two] = [await createCertificate(listener!), await createCertificate(stranger!)]
    const several = await serve({ cert: one.cert + two.cert, key: one.key })
    await expect(outbound(several)).rejects.toThrow(/there are several/)
  })

  it('refuses TLS 1.2', async () => {
    const credentials = await createCertificate(listener!)
    const port = await serve({ ...credentials, ...({ maxVersion: 'TLSv1.2' } as object) })
    await expect(outbound(port)).rejects.toThrow(/protocol version/)
  })

  it.each(['garbage, and more of it', ''])('fails on a server that sends %j', async (text) => {
    const server = createServer((socket) => socket.on('error', () => {}).end(text))
    await expect(outbound(await portOf(server))).rejects.toThrow()
  })
})

describe('a native TLS connection', () => {
  it('lends memory again when it has been sent, and not before', async () => {
    const [out, inn] = await securedPair()
    inn.connection.pause()
    const lent = new Set<ArrayBufferLike>()
    const bodies: Buffer[] = []
    // More than the sockets of both ends hold: most of it waits, while what was sent is written over.
    for (let number = 0; number < 64; number += 1) {
      const slab = departures.take(1 << 20)
      lent.add(slab.buffer)
      const body = slab.subarray(100, 100 + (1 << 19)).fill(number)
      departures.handOut(body, body.length)
      bodies.push(Buffer.from(body))
      // While the first is under way, the socket keeps the rest.
      out.connection.send(Buffer.from('head'))
      out.connection.send(new Uint8ArrayList(Buffer.from('head'), body))
      if (number % 4 === 3) await new Promise((resolve) => setImmediate(resolve))
    }
    const everything = Buffer.concat(bodies.flatMap((body) => [Buffer.from('headhead'), body]))
    const received = receive(inn.connection, everything.length)
    inn.connection.resume()
    expect((await received).equals(everything)).toBe(true)
    await expect.poll(() => lent.has(departures.take(1 << 20).buffer)).toBe(true)
  })

  it('offers no muxer when none is wanted', async () => {
    const [out, inn] = await tcpPair()
    const options = { skipStreamMuxerNegotiation: true }
    const ends = await Promise.all([
      encrypter(dialler).secureOutbound(out, options),
      encrypter(listener).secureInbound(inn, options),
    ])
    expect(muxerNames(ends)).toEqual([undefined, undefined])
  })

  it('makes the sender wait for a receiver that has paused, and loses nothing', async () => {
    const [{ connection: sender }, { connection: receiver }] = await securedPair()
    receiver.pause()
    const piece = payload(256 * 1024)
    let count = 1
    while (sender.send(piece) || (await drainsSoon(sender))) {
      count += 1
      expect(count, 'pieces accepted from the sender').toBeLessThan(1024)
    }
    expect(receiver.readBufferLength).toBe(0)
    const receiving = receive(receiver, count * piece.length)
    receiver.resume()
    expect((await receiving).equals(Buffer.concat(Array(count).fill(piece)))).toBe(true)
  })

  it('stays paused when the receiver pauses again while what was kept is delivered to it', async () => {
    const [{ connection: sender }, { connection: receiver }] = await securedPair()
    receiver.pause()
    receiver.push(Uint8Array.of(1))
    let count = 0
    receiver.addEventListener('message', ({ data }) => {
      count += data.byteLength
      receiver.pause()
    })
    receiver.resume()
    sender.send(payload(5_000_000))
    await drainsSoon(sender)
    expect(count).toBe(1)
    expect(receiver.readBufferLength).toBe(0)
  })

  it('delivers everything before the end when the TCP connection is closed, as libp2p does', async () => {
    const [out, inn] = await tcpPair()
    const accepting = encrypter(listener).secureInbound(inn)
    const { connection: sender } = await encrypter(dialler).secureOutbound(out)
    const { connection: receiver } = await accepting
    const bytes = payload(5_000_000)
    const received = receive(receiver, bytes.length)
    const ends = Promise.all([closed(sender), closed(receiver)])
    for (let offset = 0; offset < bytes.length; offset += 100_000) sender.send(bytes.subarray(offset, offset + 100_000))
    await out.close()
    expect((await received).equals(bytes)).toBe(true)
    expect(await ends).toEqual([undefined, undefined])
    if (inn.status === 'open') await closed(inn)
    expect([out.status, inn.status]).toEqual(['closed', 'closed'])
    await out.close()
    await sender.close()
  })

  it('is aborted when it cannot be closed in time', async () => {
    const [out, inn] = await tcpPair()
    const accepting = encrypter(listener).secureInbound(inn)
    const { connection: sender } = await encrypter(dialler).secureOutbound(out)
    const { connection: receiver } = await accepting
    receiver.pause()
    const end = closed(sender)
    while (sender.send(payload(1_000_000)) || (await drainsSoon(sender))) {}
    const giveUp = new AbortController()
    const closing = out.close({ signal: giveUp.signal })
    giveUp.abort()
    await expect(closing).rejects.toThrow()
    expect(await end).toBeInstanceOf(Error)
    expect(out.status).not.toBe('open')
  })

  it.each([false, true])('is aborted along with the TCP connection at once; while it closes: %s', async (isClosing) => {
    const [out, inn] = await tcpPair()
    const { socket } = out as TcpConnection
    const accepting = encrypter(listener).secureInbound(inn)
    const { connection } = await encrypter(dialler).secureOutbound(out)
    const { connection: receiver } = await accepting
    receiver.pause()
    while (connection.send(payload(1_000_000)) || (await drainsSoon(connection))) {}
    if (isClosing) out.close().catch(() => {})
    const reason = new Error('enough')
    const ends = Promise.all([closed(connection), closed(out), once(socket, 'close')])
    out.abort(reason)
    expect((await ends).slice(0, 2)).toEqual([reason, reason])
  })

  it.each([0, 1, 2, 3, 5, 8])('lets go of the socket when it is aborted while it ends, %s turns in', async (turns) => {
    const [out, inn] = await tcpPair()
    const { socket } = out as TcpConnection
    const accepting = encrypter(listener).secureInbound(inn)
    const { connection } = await encrypter(dialler).secureOutbound(out)
    await accepting
    const isReleased = once(socket, 'close').then(() => true)
    connection.send(payload(1_000))
    out.close().catch(() => {})
    for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    out.abort(new Error('enough'))
    expect(await isReleased).toBe(true)
  })

  it('ends with an error when a byte was changed on the way', async () => {
    const { port, accept } = await listen()
    const accepting = accept().then((connection) => encrypter(listener).secureInbound(connection))
    const meddler = await meddle(port)
    const { connection: sender } = await encrypter(dialler).secureOutbound(await dial(meddler.port))
    const { connection: receiver } = await accepting
    let count = 0
    receiver.addEventListener('message', ({ data }) => (count += data.byteLength))
    const ends = Promise.all([closed(sender), closed(receiver)])
    meddler.start()
    sender.send(payload(1000))
    const [here, there] = await ends
    expect(here).toBeInstanceOf(Error)
    expect(there).toMatchObject({ code: 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC' })
    expect(count).toBe(0)
  })

  it('ends when nothing was heard for as long as TCP was to wait', async () => {
    const { port, accept } = await listen({ inactivityTimeoutMs: 50 })
    const accepting = accept()
    const dialling = dial(port).then((connection) => encrypter(dialler).secureOutbound(connection))
    const tcp = (await accepting) as TcpConnection
    const { connection } = await encrypter(listener).secureInbound(tcp)
    expect(tcp.socket.timeout, 'that of the TCP socket, which does not see what TLS reads').toBe(0)
    expect(await closed(connection)).toMatchObject({ name: 'TimeoutError' })
    await dialling
  })

  it('goes over connections that are not sockets, as slowly as they are read', async () => {
    const [out, inn] = multiaddrConnectionPair() as [MultiaddrConnection, MultiaddrConnection]
    const ends = await Promise.all([encrypter(dialler).secureOutbound(out), encrypter(listener).secureInbound(inn)])
    expect(ends.map(({ remotePeer }) => String(remotePeer))).toEqual([String(listenerId), String(diallerId)])
    const [from, to] = [ends[0]!.connection, ends[1]!.connection]
    const received = receive(to, 5_000_000)
    to.pause()
    from.send(payload(5_000_000))
    expect(await drainsSoon(from)).toBe(false)
    to.resume()
    expect((await received).equals(payload(5_000_000))).toBe(true)
    await from.close()
    expect(to.status).toBe('closed')
  })

  it('understands @libp2p/tls where there is no socket, and ends when the connection under it does', async () => {
    const [out, inn] = multiaddrConnectionPair() as [MultiaddrConnection, MultiaddrConnection]
    const ends = await Promise.all([
      encrypter(dialler).secureOutbound(out),
      encrypter(listener, { kind: 'libp2p' }).secureInbound(inn),
    ])
    expect(ends.map(({ remotePeer }) => String(remotePeer))).toEqual([String(listenerId), String(diallerId)])
    const received = receive(ends[1]!.connection, 1000)
    ends[0]!.connection.send(payload(1000))
    expect((await received).equals(payload(1000))).toBe(true)
    const ended = closed(ends[0]!.connection)
    inn.abort(new Error('gone'))
    await ended
  })
})

/** Whether a stream takes more, given some turns of the event loop. */
async function drainsSoon(stream: MessageStream): Promise<boolean> {
  for (let turn = 0; turn < 200 && stream.writableNeedsDrain; turn++) await new Promise(setImmediate)
  return !stream.writableNeedsDrain
}

/** A TCP server that passes everything on, and, once started, changes a byte of each piece from those who dial it. */
async function meddle(port: number): Promise<{ port: number; start: () => void }> {
  let isStarted = false
  const server = createServer((from) => {
    const to = connect(port, '127.0.0.1')
    for (const socket of [from, to]) socket.on('error', () => {})
    to.pipe(from)
    from.on('data', (bytes) => {
      if (isStarted) bytes[bytes.length - 1]! ^= 1
      to.write(bytes)
    })
    from.on('close', () => to.destroy())
    to.on('close', () => from.destroy())
  })
  const start = (): void => {
    isStarted = true
  }
  return { port: await portOf(server), start }
}

/** Where a server listens, until the test is over. */
async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
