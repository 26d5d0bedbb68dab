import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createMemoryNetwork } from '../../src/memory-network.ts'
import { parseShardId } from '../../src/object/shard-id.ts'
import { readAll } from '../object-bytes.ts'

const small = { shardBytes: 1024 }

test('two nodes lost, two added, repaired, two more lost: the object is still there', async () => {
  await using network = await createMemoryNetwork()
  const client = await network.addClient()
  const bytes = randomBytes(100_000)
  const { capability, verifyCapability, stripeCount } = await client.put(bytes, small)
  expect(await client.verify(verifyCapability)).toMatchObject({ isHealthy: true, goodShards: stripeCount * 6 })

  for (const node of network.nodes.slice(0, 2)) await network.crash(node)
  expect(await client.verify(verifyCapability)).toMatchObject({
    isHealthy: false,
    missingShards: stripeCount * 2,
    stripesAtRisk: stripeCount,
    stripesLost: 0,
  })
  expect(await client.repair(verifyCapability)).toMatchObject({ isComplete: false, unplacedShards: stripeCount * 2 })

  await network.addNode()
  await network.addNode()
  await client.waitForNodes(6)
  const report = await client.repair(verifyCapability)
  expect(report).toMatchObject({ isComplete: true, rebuiltShards: stripeCount * 2, unplacedShards: 0 })
  expect(await client.verify(verifyCapability)).toMatchObject({ isHealthy: true })

  for (const node of network.nodes.slice(0, 2)) await network.crash(node)
  expect((await readAll(client, capability)).equals(bytes)).toBe(true)
})

test('damaged shards are rebuilt where they are, when there is no other node', async () => {
  await using network = await createMemoryNetwork()
  const client = await network.addClient()
  const bytes = randomBytes(30_000)
  const { capability, stripeCount } = await client.put(bytes, small)
  const { store } = network.nodes[0]!
  for (const id of store.ids()) store.corrupt(id)
  expect(await client.verify(capability)).toMatchObject({ wrongShards: stripeCount, isHealthy: false })
  expect(await client.repair(capability)).toMatchObject({ isComplete: true, rebuiltShards: stripeCount })
  expect(await client.verify(capability)).toMatchObject({ isHealthy: true })
  for (const node of network.nodes.slice(1, 3)) await network.crash(node)
  expect((await readAll(client, capability)).equals(bytes)).toBe(true)
})

test('a repaired object repairs again to nothing', async () => {
  await using network = await createMemoryNetwork()
  const client = await network.addClient()
  const { capability } = await client.put(randomBytes(30_000), small)
  expect(await client.repair(capability)).toMatchObject({ isComplete: true, rebuiltShards: 0 })
})

test('beyond the tolerance: the stripes are reported lost and nothing is made up', async () => {
  await using network = await createMemoryNetwork()
  const client = await network.addClient()
  const { capability, stripeCount } = await client.put(randomBytes(10_000), small)
  for (const { store } of network.nodes.slice(0, 3)) {
    for (const id of store.ids()) if (parseShardId(id).kind === 'shard') store.corrupt(id)
  }
  expect(await client.verify(capability)).toMatchObject({ stripesLost: stripeCount })
  expect(await client.repair(capability)).toMatchObject({
    isComplete: false,
    stripesLost: stripeCount,
    rebuiltShards: 0,
  })
})

test('a read finds shards that moved while it held old locations', async () => {
  await using network = await createMemoryNetwork({ nodes: 8 })
  const client = await network.addClient()
  const bytes = randomBytes(50_000)
  const { capability } = await client.put(bytes, small)
  const reading = client.get(capability)
  const first = await reading.next()
  const mover = await network.addClient()
  for (const node of network.nodes.slice(0, 2)) await network.crash(node)
  await mover.repair(capability)
  for (const node of network.nodes.slice(0, 2)) await network.crash(node)
  const pieces = [first.value as Uint8Array]
  for await (const piece of reading) pieces.push(piece)
  expect(Buffer.concat(pieces).equals(bytes)).toBe(true)
})
