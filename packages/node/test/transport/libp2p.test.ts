import { connect } from 'node:net'
import { noise } from '@chainsafe/libp2p-noise'
import type { ConnectionEncrypter } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createIdentity } from '../../src/identity/identity.ts'
import type { ByteStream, Transport } from '../../src/ports/transport.ts'
import { systemRandom } from '../../src/random/system-random.ts'
import { createLibp2pTransport, type Libp2pTransportOptions } from '../../src/transport/libp2p/transport.ts'
import { testTransport } from '../contract/transport.ts'

const loopback = ['/ip4/127.0.0.1/tcp/0']
const never = new AbortController().signal
const newIdentity = () => createIdentity(systemRandom.bytes(32))
const withoutPeerId = (address: string): string => address.slice(0, address.indexOf('/p2p/'))

/** Stopped when the test is over. */
function create(options: Partial<Libp2pTransportOptions> = {}): Transport {
  const transport = createLibp2pTransport({ identity: newIdentity(), networkId: 'test', ...options })
  onTestFinished(() => transport.stop())
  return transport
}

async function start(options: Partial<Libp2pTransportOptions>): Promise<Transport> {
  const transport = create(options)
  await transport.start(sendBack)
  return transport
}

function sendBack(stream: ByteStream): void {
  stream.attach({ data: (bytes) => stream.send([bytes]), drain() {}, close() {} })
}

/** What comes back for a byte. */
function exchange(stream: ByteStream): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    stream.attach({ data: resolve, drain() {}, close: reject })
    stream.send([Uint8Array.of(42)])
  })
}

testTransport('libp2p', async () => ({
  create: async ({ listens }) => create({ listen: listens ? loopback : [] }),
  createAt: async (taken) => create({ listen: taken.addresses().map(withoutPeerId) }),
  unknownPeerId: () => newIdentity().peerId,
  settle: (promise) => promise,
}))

describe('libp2p transport', () => {
  it('finds a peer by its id alone, through the peers it knows', async () => {
    const hub = await start({ listen: loopback })
    const bootstrap = hub.addresses()
    const [seeker, sought] = [
      await start({ listen: loopback, bootstrap }),
      await start({ listen: loopback, bootstrap }),
    ]
    const stream = await untilFound(() => seeker.open(sought.peerId, [], { signal: never }))
    expect(stream.remotePeerId).toBe(sought.peerId)
    expect(await exchange(stream)).toEqual(Uint8Array.of(42))
  })

  it('finds a peer whose addresses are out of date', async () => {
    const hub = await start({ listen: loopback })
    const bootstrap = hub.addresses()
    const [seeker, sought] = [
      await start({ listen: loopback, bootstrap }),
      await start({ listen: loopback, bootstrap }),
    ]
    const stale = ['/ip4/127.0.0.1/tcp/1', 'nonsense', `/ip4/127.0.0.1/tcp/1/p2p/${hub.peerId}`]
    const stream = await untilFound(() => seeker.open(sought.peerId, stale, { signal: never }))
    expect(stream.remotePeerId).toBe(sought.peerId)
    stream.attach({ data() {}, drain() {}, close() {} })
  })

  it('does not take a peer for another one', async () => {
    const [a, b] = [await start({}), await start({ listen: loopback })]
    const claimed = newIdentity().peerId
    const open = a.open(claimed, b.addresses().map(withoutPeerId), { signal: never })
    await expect(open).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' })
  })

  const encrypters: [string, () => (components: never) => ConnectionEncrypter][] = [
    ['TLS 1.3', tls as never],
    ['Noise', noise as never],
  ]
  it.each(encrypters)('talks to peers that know only %s', async (_name, encrypter) => {
    const ours = await start({ listen: loopback })
    const libp2p = await createLibp2p({
      addresses: { listen: loopback },
      transports: [tcp()],
      connectionEncrypters: [encrypter() as never],
      streamMuxers: [yamux()],
    })
    onTestFinished(() => libp2p.stop())
    await libp2p.handle('/p2pstore/1.0.0', (stream) => {
      stream.addEventListener('message', ({ data }) => void stream.send(data))
    })
    const there = await ours.open(String(libp2p.peerId), libp2p.getMultiaddrs().map(String), { signal: never })
    expect(await exchange(there)).toEqual(Uint8Array.of(42))
    await libp2p.hangUp(libp2p.getPeers()[0]!)
    const back = await libp2p.dialProtocol(
      ours.addresses().map((address) => multiaddr(address)),
      '/p2pstore/1.0.0',
    )
    const answer = new Promise((resolve) => {
      back.addEventListener('message', ({ data }) => resolve(data.subarray()))
    })
    back.send(Uint8Array.of(7))
    expect(await answer).toEqual(Buffer.of(7))
  })

  it('goes on when its port is sent something else', async () => {
    const [a, b] = [await start({}), await start({ listen: loopback })]
    const port = Number(/tcp\/(\d+)/.exec(b.addresses()[0] ?? '')?.[1])
    for (const bytes of [Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.alloc(100_000, 0xff), Buffer.alloc(0)]) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      await new Promise((resolve) => socket.once('connect', resolve))
      socket.end(bytes)
      await new Promise((resolve) => socket.once('close', resolve))
    }
    const stream = await a.open(b.peerId, b.addresses(), { signal: never })
    expect(await exchange(stream)).toEqual(Uint8Array.of(42))
  })

  it('says in one line what is wrong with an address', async () => {
    const wrong = [
      [{ listen: ['nonsense'] }, 'nonsense is not a multiaddr'],
      [{ bootstrap: ['10.0.0.1:4001'] }, '10.0.0.1:4001 is not a multiaddr'],
      [{ listen: ['/ip4/192.0.2.1/tcp/4001'] }, 'it is not possible to listen on /ip4/192.0.2.1/tcp/4001'],
      [{ listen: ['/ip4/127.0.0.1/udp/4001'] }, 'it is not possible to listen on /ip4/127.0.0.1/udp/4001'],
    ] as const
    for (const [options, message] of wrong) {
      await expect(create(options).start(sendBack)).rejects.toMatchObject({ code: 'ADDRESS_INVALID', message })
    }
  })

  it('announces the addresses of this machine when it listens on all of them', async () => {
    const transport = await start({ listen: ['/ip4/0.0.0.0/tcp/0'] })
    expect(transport.addresses().some((address) => address.startsWith('/ip4/127.0.0.1/tcp/'))).toBe(true)
    expect(transport.addresses().some((address) => address.includes('/0.0.0.0/'))).toBe(false)
  })

  it('announces what else it is told to', async () => {
    const announce = ['/ip4/9.9.9.9/tcp/7420', '/dns4/node.example.org/tcp/7420']
    const transport = await start({ listen: loopback, announce })
    const expected = announce.map((address) => `${address}/p2p/${transport.peerId}`)
    expect(transport.addresses()).toEqual(expect.arrayContaining(expected))
  })

  it('cannot open anything before it is started', async () => {
    const transport = create()
    expect(transport.addresses()).toEqual([])
    await expect(transport.open(newIdentity().peerId, [], { signal: never })).rejects.toMatchObject({
      code: 'PEER_UNREACHABLE',
    })
  })
})

/** Tables of who is where fill up in the background. */
async function untilFound(open: () => Promise<ByteStream>): Promise<ByteStream> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const stream = await open().catch(() => undefined)
    if (stream !== undefined) return stream
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('not found')
}
