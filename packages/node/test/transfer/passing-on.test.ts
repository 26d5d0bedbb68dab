/** Shards that reach their nodes through others: networks of real nodes in virtual time, in which single links are cut. */
import { createCodec } from '@p2pstore/codec'
import { expect, onTestFinished, test } from 'vitest'
import { manualClock } from '../../src/clock/manual-clock.ts'
import { MemoryNetwork } from '../../src/memory-network.ts'
import { seededRandom } from '../../src/random/seeded-random.ts'
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
