/** Shards that reach their nodes through others: networks of real nodes in virtual time, in which single links are cut. */
import { createCodec } from '@p2pstore/codec'
import { expect, onTestFinished, test } from 'vitest'
import { Client } from '../../src/client.ts'
import { manualClock } from '../../src/clock/manual-clock.ts'
import { systemClock } from '../../src/clock/system-clock.ts'
import { createIdentity } from '../../src/identity/identity.ts'
import { silentLogger } from '../../src/logger/silent-logger.ts'
import { certify } from '../../src/membership/authority.ts'
import { networkIdOf } from '../../src/membership/certificate.ts'
import { MemoryNetwork } from '../../src/memory-network.ts'
import type { Transport } from '../../src/ports/transport.ts'
import { seededRandom } from '../../src/random/seeded-random.ts'
import { systemRandom } from '../../src/random/system-random.ts'
import { StorageNode } from '../../src/storage-node.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import { replacing } from '../../src/transport/libp2p/strangers.ts'
import { createLibp2pTransport } from '../../src/transport/libp2p/transport.ts'
import { TransportError } from '../../src/transport/transport-error.ts'
import { readAll } from '../object-bytes.ts'

async function scene(nodeCount: number, seed = 1) {
  // Compiles the kernels, which takes real time.
  await createCodec('rs:4+2')
  const clock = manualClock()
  const random = seededRandom(seed)
  const network = new MemoryNetwork({ clock, random, conditions: () => ({ latencyMs: 5, bytesPerSecond: 50e6 }) })
  onTestFinished(() => clock.settle(network.close()))
  for (let count = 0; count < nodeCount; count += 1) await clock.settle(network.addNode())
  const writer = await clock.settle(network.addClient())
  await clock.advance(5_000)
  const cut = (a: string, b: string): void => {
    network.hub.cut(a, b)
    network.hub.cut(b, a)
  }
  const settle = <T>(promise: Promise<T>) => clock.settle(promise, { withinMs: 600_000 })
  return { clock, network, writer, random, cut, settle }
}

test('all shards are stored although the writer can’t reach one of the nodes, and others read them', async () => {
  const { clock, network, writer, random, cut, settle } = await scene(6)
  const [hidden, second, third] = network.nodes
  const hiddenId = hidden!.identity.peerId
  cut(writer.peerId, hiddenId)
  const bytes = Buffer.from(random.bytes(100_000))
  // At first the writer has to find out, then it knows the way to be poor.
  for (let round = 0; round < 3; round += 1) {
    const receipt = await settle(writer.put(bytes, { shardBytes: 8192 }))
    const { stripeCount, storedShards, passedOnShards } = receipt
    expect({ storedShards, passedOnShards }).toEqual({ storedShards: 6 * stripeCount, passedOnShards: stripeCount })
    expect(writer.view.explain(hiddenId).availability).not.toBe('down')
  }
  const { capability } = await settle(writer.put(bytes, { shardBytes: 8192 }))
  const reader = await settle(network.addClient())
  await clock.advance(5_000)
  // Without these, what the hidden one holds is needed.
  for (const node of [second!, third!]) await settle(network.crash(node))
  expect((await settle(readAll(reader, capability))).equals(bytes)).toBe(true)
})

test('a writer that is cut off together with some nodes gives up as it did', async () => {
  const { network, writer, random, settle } = await scene(6)
  const [near, ...far] = network.nodes.map(({ identity }) => identity.peerId)
  network.hub.partition([[writer.peerId, near!], far])
  await expect(settle(writer.put(random.bytes(100_000)))).rejects.toMatchObject({
    code: 'TOO_FEW_NODES',
    retryable: true,
  })
})

test('over sockets, too', async () => {
  const { authority } = new MemoryNetwork({})
  const partsOf = (role: 'storage' | 'client', listen: string[], bootstrap: string[]) => {
    const identity = createIdentity(systemRandom.bytes(32))
    const credential = certify(authority, identity.peerId, { role, expiresAtMs: 0 })
    const networkId = Buffer.from(networkIdOf(credential.authority)).toString('hex')
    const transport = createLibp2pTransport({ identity, networkId, listen, bootstrap })
    const tools = { clock: systemClock, random: systemRandom, logger: silentLogger }
    return { identity, credential, transport, bootstrap, ...tools }
  }
  const nodes: StorageNode[] = []
  for (let count = 0; count < 3; count += 1) {
    const store = createMemoryStore({ capacityBytes: 16 << 20, clock: systemClock })
    const known = nodes.flatMap((node) => node.addresses())
    const node = new StorageNode({ ...partsOf('storage', ['/ip4/127.0.0.1/tcp/0'], known), store })
    onTestFinished(() => node.close())
    await node.start()
    nodes.push(node)
  }
  const addresses = nodes.flatMap((node) => node.addresses())
  const parts = partsOf('client', [], addresses)
  const reader = new Client(partsOf('client', [], addresses))
  onTestFinished(() => reader.close())
  await reader.start()
  await reader.waitForNodes(3)
  let isCut = false
  const hiddenId = nodes[2]!.peerId
  const open: Transport['open'] = (peerId, ...rest) =>
    isCut && peerId === hiddenId
      ? Promise.reject(new TransportError('PEER_UNREACHABLE', 'the link is cut'))
      : parts.transport.open(peerId, ...rest)
  const writer = new Client({ ...parts, transport: replacing(parts.transport, 'open', open) })
  onTestFinished(() => writer.close())
  await writer.start()
  await writer.waitForNodes(3)
  isCut = true
  const bytes = systemRandom.bytes(100_000)
  const receipt = await writer.put(bytes, { scheme: 'rs:2+1', shardBytes: 32_768 })
  expect(receipt).toMatchObject({ stripeCount: 2, storedShards: 6, passedOnShards: 2 })
  await nodes[0]!.close()
  expect((await readAll(reader, receipt.capability)).equals(bytes)).toBe(true)
}, 120_000)
