/** Objects that lie in their manifests: every walk, and every loss that they have to survive. */
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createMemoryNetwork, type MemoryNetwork } from '../src/memory-network.ts'
import { parseShardId } from '../src/object/shard-id.ts'
import { readAll } from './object-bytes.ts'

const bytes = randomBytes(4096)

test.each([0, 1, 4096, 16 << 10])(
  'an object of %i bytes is nothing but three copies of its manifest',
  async (length) => {
    await using network = await createMemoryNetwork()
    const client = await network.addClient()
    const object = randomBytes(length)
    const receipt = await client.put(object)
    expect(receipt).toMatchObject({ objectBytes: length, stripeCount: 0, storedShards: 3 })
    expect(storedKinds(network)).toEqual(['manifest', 'manifest', 'manifest'])
    expect((await readAll(client, receipt.capability)).equals(object)).toBe(true)
    expect(await client.stat(receipt.verifyCapability)).toMatchObject({
      isInline: true,
      objectBytes: length,
      tolerance: 2,
    })
  },
)

test('the caller says how long such an object may be', async () => {
  await using network = await createMemoryNetwork()
  const client = await network.addClient()
  const whole = await client.put(randomBytes(64 << 10), { inlineBytes: 64 << 10 })
  expect(whole.stripeCount).toBe(0)
  const longer = await client.put(randomBytes((16 << 10) + 1))
  expect(longer.stripeCount).toBe(1)
  const never = await client.put(bytes, { inlineBytes: 0 })
  expect(never.stripeCount).toBe(1)
  const ofFullStripes = await client.put(randomBytes(496), { shardBytes: 128 })
  expect(ofFullStripes.stripeCount).toBe(1)
  for (const { capability } of [whole, longer, never, ofFullStripes]) {
    expect(await client.verify(capability)).toMatchObject({ isHealthy: true })
  }
})

test('any two of the holders may be lost, or hold something else', async () => {
  await using network = await createMemoryNetwork()
  const client = await network.addClient()
  const { capability } = await client.put(bytes)
  const [first, second] = holdersIn(network)
  for (const id of first!.store.ids()) first!.store.corrupt(id)
  await network.crash(second!)
  expect((await readAll(client, capability)).equals(bytes)).toBe(true)
  expect(await readAll(client, capability, { offsetBytes: 4094, lengthBytes: 5 })).toEqual(bytes.subarray(4094))
  await expect(readAll(client, capability, { offsetBytes: 4097 })).rejects.toThrow(RangeError)
})

test('a receipt says where the copies are', async () => {
  await using network = await createMemoryNetwork()
  const client = await network.addClient()
  const receipt = await client.put(bytes)
  const found = []
  for await (const copy of receipt.shards()) found.push(copy)
  expect(found.map(({ peerId }) => peerId).sort()).toEqual(holdersIn(network).map(peerIdOf).sort())
  for (const { peerId, stripe: _, index: __, deleteAfter: ___, ...key } of found) {
    const { store } = network.nodes.find((node) => peerIdOf(node) === peerId)!
    const [id] = store.ids()
    expect(store.stat(id!)).toMatchObject(key)
  }
})

test('copies are counted, and made up for by anyone who may verify', async () => {
  await using network = await createMemoryNetwork()
  const client = await network.addClient()
  const { capability, verifyCapability } = await client.put(bytes)
  const [first, second] = holdersIn(network)
  for (const id of first!.store.ids()) first!.store.corrupt(id)
  await network.crash(second!)
  expect(await client.verify(verifyCapability)).toMatchObject({
    totalShards: 3,
    goodShards: 1,
    wrongShards: 1,
    missingShards: 1,
    isHealthy: false,
  })
  expect(await client.repair(verifyCapability)).toMatchObject({
    isComplete: true,
    recordCopies: { stored: 3, wanted: 3 },
  })
  expect(await client.verify(verifyCapability)).toMatchObject({ goodShards: 3, isHealthy: true })
  for (const node of holdersIn(network).slice(0, 2)) await network.crash(node)
  expect((await readAll(client, capability)).equals(bytes)).toBe(true)
})

test('removed, it is gone', async () => {
  await using network = await createMemoryNetwork()
  const client = await network.addClient()
  const { capability } = await client.put(bytes)
  expect(await client.remove(capability)).toMatchObject({ deleted: 3, unreachable: [] })
  expect(storedKinds(network)).toEqual([])
  await expect(client.stat(capability)).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
})

test('a put that finds too few nodes leaves nothing behind', async () => {
  await using network = await createMemoryNetwork({ nodes: 6, capacityBytes: 1 << 10 })
  const client = await network.addClient()
  await expect(client.put(bytes)).rejects.toMatchObject({ code: 'TOO_FEW_NODES' })
  expect(storedKinds(network)).toEqual([])
})

type Node = MemoryNetwork['nodes'][number]

function holdersIn(network: MemoryNetwork): Node[] {
  return network.nodes.filter(({ store }) => store.usage().shardCount > 0)
}

function peerIdOf({ identity }: Node): string {
  return identity.peerId
}

function storedKinds(network: MemoryNetwork): (string | undefined)[] {
  return network.nodes.flatMap(({ store }) => [...store.ids()].map((id) => parseShardId(id).kind))
}
