import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createIdentity } from '../../src/identity/identity.ts'
import type { ByteStream, Transport } from '../../src/ports/transport.ts'
import { systemRandom } from '../../src/random/system-random.ts'
import { createLibp2pTransport } from '../../src/transport/libp2p/transport.ts'

const opening = () => ({ signal: AbortSignal.timeout(60_000) })

function take(stream: ByteStream): void {
  stream.attach({ data() {}, drain() {}, close() {} })
}

async function start(...listen: string[]): Promise<Transport> {
  const identity = createIdentity(systemRandom.bytes(32))
  const transport = createLibp2pTransport({ identity, networkId: 'test', listen })
  onTestFinished(() => transport.stop())
  await transport.start(take)
  return transport
}

/** Counts who dials it. */
async function bystander(host: string) {
  let dials = 0
  const server = createServer((socket) => {
    dials += 1
    socket.destroy()
  })
  server.listen(0, host)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, dials: () => dials }
}

test('a peer is dialled at the IP at which it is seen, and nobody else is for its sake', async () => {
  const asked = await start('/ip4/127.0.0.1/tcp/0')
  const asker = await start('/ip4/127.0.0.1/tcp/0')
  const other = await start('/ip4/127.0.0.1/tcp/0')
  const [address = ''] = asker.addresses()
  const tryAt = (...addresses: string[]) => asked.dialBack(asker.peerId, addresses, opening())
  // Nothing is known yet of where it is.
  expect(await tryAt(address)).toBe(false)
  take(await asker.open(asked.peerId, asked.addresses(), opening()))
  expect(await tryAt(address)).toBe(true)
  expect(await tryAt()).toBe(false)

  const third = await bystander('127.0.0.2')
  const away = `/tcp/${third.port}/p2p/${asker.peerId}`
  expect(await tryAt(`/ip4/127.0.0.2${away}`, `/dns4/localhost${away}`, `/ip6/::ffff:7f00:2${away}`)).toBe(false)
  const through = `/ip4/127.0.0.1/tcp/${third.port}/p2p/${other.peerId}/p2p-circuit/p2p/${asker.peerId}`
  expect(await tryAt(through, `${address}/p2p-circuit/p2p/${asker.peerId}`, 'nonsense')).toBe(false)
  expect(third.dials()).toBe(0)

  // Whoever answers there must be the peer itself.
  const [foreign = ''] = other.addresses()
  expect(await tryAt(foreign.replace(other.peerId, asker.peerId))).toBe(false)
  const own = await bystander('127.0.0.1')
  expect(await tryAt(`/ip4/127.0.0.1/tcp/${own.port}/p2p/${asker.peerId}`)).toBe(false)
  expect(own.dials()).toBeGreaterThan(0)
  expect(await tryAt(`/ip4/127.0.0.1/tcp/${own.port}`, address)).toBe(true)
}, 120_000)
