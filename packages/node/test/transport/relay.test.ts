import { expect, it, onTestFinished } from 'vitest'
import { createIdentity } from '../../src/identity/identity.ts'
import { isRelayed, relayIn } from '../../src/peer-address.ts'
import type { ByteStream, Transport } from '../../src/ports/transport.ts'
import { systemRandom } from '../../src/random/system-random.ts'
import { createStack } from '../../src/transport/libp2p/stack.ts'
import { createLibp2pTransport, type Libp2pTransportOptions } from '../../src/transport/libp2p/transport.ts'

const loopback = ['/ip4/127.0.0.1/tcp/0']
const timeoutMs = 60_000
const opening = () => ({ signal: AbortSignal.timeout(timeoutMs) })

/** Sends back what it gets. */
async function start(options: Partial<Libp2pTransportOptions> = {}, onStream = sendBack): Promise<Transport> {
  const identity = createIdentity(systemRandom.bytes(32))
  const transport = createLibp2pTransport({ identity, networkId: 'test', ...options })
  onTestFinished(() => transport.stop())
  await transport.start(onStream)
  return transport
}

function sendBack(stream: ByteStream): void {
  stream.attach({ data: (bytes) => stream.send([bytes]), drain() {}, close() {} })
}

/** Listens on nothing, or on what the options say, and can be reached through the relay. */
async function startBehind(relay: Transport, options: Partial<Libp2pTransportOptions> = {}, onStream = sendBack) {
  const transport = await start({ relay: 'use', ...options }, onStream)
  sendBack(await transport.open(relay.peerId, relay.addresses(), opening()))
  await expect.poll(() => transport.addresses().some(isRelayed), { timeout: timeoutMs }).toBe(true)
  return transport
}

/** What comes back for a byte. */
function exchange(stream: ByteStream): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    stream.attach({ data: resolve, drain() {}, close: reject })
    stream.send([Uint8Array.of(42)])
  })
}

it('a peer that listens nowhere is reached through a relay, by peers that have introduced themselves there', async () => {
  const relay = await start({ relay: 'serve', listen: loopback })
  const sought = await startBehind(relay)
  expect(sought.addresses().every(isRelayed)).toBe(true)
  const introduced: unknown[] = []
  const seeker = createLibp2pTransport({ identity: createIdentity(systemRandom.bytes(32)), networkId: 'test' })
  onTestFinished(() => seeker.stop())
  await seeker.start(sendBack, async (peer) => void introduced.push(peer))
  const stream = await seeker.open(sought.peerId, sought.addresses(), opening())
  expect(stream).toMatchObject({ remotePeerId: sought.peerId, isSuperseded: false })
  expect(isRelayed(stream.remoteAddress)).toBe(true)
  expect(await exchange(stream)).toEqual(Uint8Array.of(42))
  expect(introduced).toEqual([{ peerId: relay.peerId, addresses: relay.addresses() }])
}, 120_000)

it('a relay carries for members only', async () => {
  const members = new Set<string>()
  const relay = await start({ relay: 'serve', listen: loopback, isMember: (peerId) => members.has(peerId) })
  const identity = createIdentity(systemRandom.bytes(32))
  members.add(identity.peerId)
  const sought = await startBehind(relay, { identity })
  const stranger = await start()
  await expect(stranger.open(sought.peerId, sought.addresses(), opening())).rejects.toMatchObject({
    code: 'PEER_UNREACHABLE',
  })
  const isTrusted = () => true
  const seed = systemRandom.bytes(32)
  const plain = { listen: [], announce: [], bootstrap: [], mdns: false, networkId: 'test', relay: 'off' } as const
  const libp2p = await createStack({ ...plain, seed, isTrusted, gater: {}, encryptions: ['native-tls'] })
  onTestFinished(() => libp2p.stop())
  await libp2p.start()
  const { multiaddr } = await import('@multiformats/multiaddr')
  const connection = await libp2p.dial(multiaddr(relay.addresses()[0]))
  const asked = await connection.newStream('/libp2p/circuit/relay/0.2.0/hop')
  const heard: unknown[] = []
  asked.addEventListener('message', ({ data }) => heard.push(data))
  if (asked.status === 'open') await new Promise((resolve) => asked.addEventListener('close', resolve))
  expect(heard).toEqual([])
}, 120_000)

it('what goes through a relay goes only as fast as it is read', async () => {
  const relay = await start({ relay: 'serve', listen: loopback })
  const [piece, count] = [new Uint8Array(1 << 20), 96]
  let receivedBytes = 0
  let read = (): void => {}
  const sought = await startBehind(relay, {}, (stream) => {
    stream.attach({ data: ({ length }) => (receivedBytes += length), drain() {}, close() {} })
    stream.pause()
    read = () => stream.resume()
  })
  const stream = await (await start()).open(sought.peerId, sought.addresses(), opening())
  let sent = 0
  const pump = (): void => {
    for (let isOpen = true; isOpen && sent < count; sent++) isOpen = stream.send([piece])
  }
  stream.attach({ data() {}, drain: pump, close() {} })
  pump()
  // Each of the two ways holds a window of 8 MiB at either end.
  const sentLately = async (): Promise<number> => {
    const before = sent
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    return sent - before
  }
  await expect.poll(sentLately, { timeout: timeoutMs }).toBe(0)
  expect(sent).toBeLessThan(64)
  read()
  await expect.poll(() => receivedBytes, { timeout: timeoutMs }).toBe(count * piece.length)
}, 180_000)

it('a relayed connection ends when there is a direct one and nothing is under way', async () => {
  const relay = await start({ relay: 'serve', listen: loopback })
  const sought = await startBehind(relay)
  const seeker = await start({ listen: loopback })
  const relayed = await seeker.open(sought.peerId, sought.addresses(), opening())
  const ended = new Promise((close) => {
    relayed.attach({ data() {}, drain() {}, close })
  })
  const back = await sought.open(seeker.peerId, seeker.addresses(), opening())
  expect(isRelayed(back.remoteAddress)).toBe(false)
  expect(await exchange(back)).toEqual(Uint8Array.of(42))
  await expect.poll(() => relayed.isSuperseded, { timeout: timeoutMs }).toBe(true)
  const again = await seeker.open(sought.peerId, sought.addresses(), opening())
  expect(isRelayed(again.remoteAddress)).toBe(false)
  await relayed.close()
  await ended
}, 120_000)

it('when a relay goes another one takes its place', async () => {
  const relays = [await start({ relay: 'serve', listen: loopback }), await start({ relay: 'serve', listen: loopback })]
  const sought = await startBehind(relays[0]!)
  const meet = async (relay: Transport) => sendBack(await sought.open(relay.peerId, relay.addresses(), opening()))
  const relaysInUse = () => [...new Set(sought.addresses().map((address) => relayIn(address)?.peerId))].sort()
  const expectInUse = (expected: Transport[]) =>
    expect.poll(relaysInUse, { timeout: timeoutMs }).toEqual(expected.map(({ peerId }) => peerId).sort())
  await meet(relays[1]!)
  await expectInUse(relays)
  await relays[0]!.stop()
  await expectInUse([relays[1]!])
  const third = await start({ relay: 'serve', listen: loopback })
  await meet(third)
  await expectInUse([relays[1]!, third])
  const seeker = await start()
  expect(await exchange(await seeker.open(sought.peerId, sought.addresses(), opening()))).toEqual(Uint8Array.of(42))
}, 180_000)
