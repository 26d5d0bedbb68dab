import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { Uint8ArrayList } from 'uint8arraylist'
import { expect, test } from 'vitest'
import { systemClock } from '../src/clock/system-clock.ts'
import { createMemoryNetwork, type MemoryNetwork } from '../src/memory-network.ts'
import { parseShardId, shardId } from '../src/object/shard-id.ts'
import { createMemoryStore } from '../src/store/memory.ts'
import { readAll } from './object-bytes.ts'

const lengths = [0, 1, 1000, 1 << 20, (1 << 20) - 16, 5_000_001]
const small = { shardBytes: 1024 }

test.each(lengths)('an object of %i bytes comes back as it was stored, through another peer', async (length) => {
  await using network = await createMemoryNetwork()
  const writer = await network.addClient()
  const bytes = randomBytes(length)
  const receipt = await writer.put(bytes)
  expect(receipt).toMatchObject({ objectBytes: length, scheme: 'rs:4+2', storedShards: receipt.stripeCount * 6 || 3 })
  const reader = await network.addClient()
  expect((await readAll(reader, receipt.capability)).equals(bytes)).toBe(true)
  expect(await reader.stat(receipt.capability)).toMatchObject({ objectBytes: length, tolerance: 2, totalShards: 6 })
})

test.each(['mirror:1', 'mirror:3', 'rs:1+1', 'rs:2+4', 'rs:4+2/vandermonde', 'xor:3+1', 'grid:1+1,2+1', 'local:2+2+1'])(
  'scheme %s, any of its losses that it always survives',
  async (scheme) => {
    await using network = await createMemoryNetwork()
    const client = await network.addClient()
    const bytes = randomBytes(20_000)
    const { capability } = await client.put(bytes, { ...small, scheme })
    const { tolerance } = await client.stat(capability)
    for (const node of network.nodes.slice(0, tolerance)) await network.crash(node)
    expect((await readAll(client, capability)).equals(bytes)).toBe(true)
  },
)

test('a receipt has the storage key of every shard', async () => {
  await using network = await createMemoryNetwork()
  const client = await network.addClient()
  const receipt = await client.put(randomBytes(20_000), small)
  const found = []
  for await (const shard of receipt.shards()) found.push(shard)
  expect(found).toHaveLength(receipt.storedShards)
  for (const { peerId, stripe, index, deleteAfter, ...key } of found) {
    const { store } = network.nodes.find(({ identity }) => identity.peerId === peerId)!
    const id = shardId(Buffer.from((await client.stat(receipt.capability)).objectId, 'hex'), 'shard', stripe, index)
    expect(store.stat(id)).toMatchObject(key)
    expect(deleteAfter).toBeUndefined()
  }
})

test('any range of an object is what it is in the object', async () => {
  await using network = await createMemoryNetwork()
  const client = await network.addClient()
  const bytes = randomBytes(30_000)
  const { capability } = await client.put(bytes, small)
  const range = fc.record({ offsetBytes: fc.nat(30_000), lengthBytes: fc.nat(40_000) })
  await fc.assert(
    fc.asyncProperty(range, async ({ offsetBytes, lengthBytes }) => {
      const part = await readAll(client, capability, { offsetBytes, lengthBytes })
      expect(part.equals(bytes.subarray(offsetBytes, offsetBytes + lengthBytes))).toBe(true)
    }),
    { numRuns: 30 },
  )
  await expect(readAll(client, capability, { offsetBytes: 30_001 })).rejects.toThrow(RangeError)
  await expect(readAll(client, capability, { offsetBytes: -1 })).rejects.toThrow(RangeError)
})

test('an object of several pages comes back whole and in part', async () => {
  await using network = await createMemoryNetwork({ nodes: 3 })
  const client = await network.addClient()
  const bytes = randomBytes(1_100_000)
  const { capability, stripeCount } = await client.put(bytes, { scheme: 'mirror:3', shardBytes: 512 })
  expect(stripeCount).toBeGreaterThan(2048)
  expect((await readAll(client, capability)).equals(bytes)).toBe(true)
  const middle = await readAll(client, capability, { offsetBytes: 1_050_000, lengthBytes: 100 })
  expect(middle.equals(bytes.subarray(1_050_000, 1_050_100))).toBe(true)
})

test('too few nodes: refused before the source is read, and nothing is stored', async () => {
  await using network = await createMemoryNetwork({ nodes: 5 })
  const client = await network.addClient()
  let isRead = false
  const source = (function* () {
    isRead = true
    yield randomBytes(10)
  })()
  await expect(client.put(source)).rejects.toMatchObject({ code: 'TOO_FEW_NODES', retryable: true })
  expect(isRead).toBe(false)
  expect(shardCount(network)).toBe(0)
  const receipt = await client.put(randomBytes(10), { acknowledge: 'quorum', inlineBytes: 0 })
  expect(receipt.storedShards).toBe(5)
})

test('more losses than the scheme survives: a clear error, and the bytes again when a node is back', async () => {
  await using network = await createMemoryNetwork()
  const client = await network.addClient()
  const bytes = randomBytes(50_000)
  const { capability } = await client.put(bytes, small)
  const [first, second, third] = network.nodes
  for (const node of [first!, second!, third!]) await network.crash(node)
  await expect(readAll(client, capability)).rejects.toMatchObject({ retryable: true })
  await network.restart(third!)
  await expect
    .poll(
      () =>
        readAll(client, capability).then(
          (read) => read.equals(bytes),
          () => false,
        ),
      { timeout: 30_000 },
    )
    .toBe(true)
})

test('a node that has just started does not call an object missing before it has heard of the others', async () => {
  await using network = await createMemoryNetwork()
  const { capability } = await network.nodes[0]!.node.put(randomBytes(100))
  const crashed = [...network.nodes]
  for (const node of crashed) await network.crash(node)
  const holders = crashed.map(({ store }) => [...store.ids()].some((id) => parseShardId(id).kind === 'manifest'))
  const { node } = await network.restart(crashed[holders.indexOf(false)]!)
  await expect(node.stat(capability)).rejects.toMatchObject({ code: 'OBJECT_UNREACHABLE', retryable: true })
})

test('shards that a store knows to be damaged are made up for', async () => {
  await using network = await createMemoryNetwork()
  const client = await network.addClient()
  const bytes = randomBytes(50_000)
  const { capability } = await client.put(bytes, small)
  const victims = network.nodes.slice(0, 2)
  for (const { store } of victims) for (const id of store.ids()) store.corrupt(id)
  expect((await readAll(client, capability)).equals(bytes)).toBe(true)
})

test('wrong shards of nodes that claim them to be right are noticed, told and made up for', async () => {
  await using network = await createMemoryNetwork()
  const client = await network.addClient()
  const bytes = randomBytes(50_000)
  const { capability } = await client.put(bytes, small)
  const liars = network.nodes.slice(0, 2)
  for (const { store } of liars) {
    for (const id of [...store.ids()].filter((each) => parseShardId(each).kind === 'shard')) {
      const body = randomBytes(store.stat(id)?.lengthBytes ?? 0)
      const write = {
        id,
        runId: randomBytes(16),
        body: new Uint8ArrayList(body),
        checksum: crc32(body),
        deleteAfterMs: 0,
      }
      await store.put(write, { ifPresent: 'replace' })
    }
  }
  const told = new Set<string>()
  client.events.addEventListener('wrong-shard', ({ detail }) => told.add(detail.peerId))
  expect((await readAll(client, capability)).equals(bytes)).toBe(true)
  expect([...told].sort()).toEqual(liars.map(({ node }) => node.peerId).sort())
})

test('a source that throws: the put fails as such and leaves nothing behind', async () => {
  await using network = await createMemoryNetwork()
  const client = await network.addClient()
  const source = async function* () {
    for (let piece = 0; piece < 20; piece += 1) yield randomBytes(1000)
    throw new Error('unplugged')
  }
  await expect(client.put(source(), small)).rejects.toMatchObject({ code: 'SOURCE_FAILED' })
  expect(shardCount(network)).toBe(0)
})

test('an aborted put rejects with the reason and leaves nothing behind', async () => {
  await using network = await createMemoryNetwork()
  const client = await network.addClient()
  const abort = new AbortController()
  const reason = new Error('enough')
  const source = async function* () {
    for (;;) yield randomBytes(1000)
  }
  const onProgress = (storedBytes: number) => storedBytes > 50_000 && abort.abort(reason)
  await expect(client.put(source(), { ...small, onProgress, signal: abort.signal })).rejects.toBe(reason)
  expect(shardCount(network)).toBe(0)
})

test('a node that fails while a put runs is replaced', async () => {
  await using network = await createMemoryNetwork({ nodes: 8 })
  const client = await network.addClient()
  const bytes = randomBytes(400_000)
  let isKilled = false
  const onProgress = () => {
    if (isKilled) return
    isKilled = true
    for (const node of network.nodes.slice(0, 2)) void network.crash(node)
  }
  const receipt = await client.put(bytes, { ...small, onProgress })
  expect(isKilled).toBe(true)
  expect(receipt.storedShards).toBe(receipt.stripeCount * 6)
  expect((await readAll(client, receipt.capability)).equals(bytes)).toBe(true)
})

test('nodes without room are passed over, and a network without room says so', async () => {
  await using network = await createMemoryNetwork({ nodes: 6, capacityBytes: 4 << 20 })
  const client = await network.addClient()
  await expect(client.put(randomBytes(40 << 20))).rejects.toMatchObject({ code: 'TOO_FEW_NODES' })
  expect(shardCount(network)).toBe(0)
})

test('a node whose disk fills up while a put runs is passed over, and the others go on', async () => {
  await using network = await createMemoryNetwork({ nodes: 5 })
  const full = await network.addNode(createMemoryStore({ capacityBytes: 2 << 20, clock: systemClock }))
  const client = await network.addClient()
  const bytes = randomBytes(20 << 20)
  const { capability, storedShards, stripeCount } = await client.put(bytes, { acknowledge: 'quorum' })
  expect(storedShards).toBeGreaterThan(stripeCount * 5)
  expect(storedShards).toBeLessThan(stripeCount * 6)
  expect(full.store.usage().freeBytes).toBeLessThan(512 << 10)
  expect((await readAll(client, capability)).equals(bytes)).toBe(true)
  await expect(client.put(bytes)).rejects.toMatchObject({ code: 'TOO_FEW_NODES' })
})

test('a capability of another network is refused', async () => {
  await using one = await createMemoryNetwork({ nodes: 1 })
  await using other = await createMemoryNetwork({ nodes: 1 })
  const { capability } = await (await one.addClient()).put(randomBytes(10), { scheme: 'mirror:1' })
  const stranger = await other.addClient()
  await expect(stranger.stat(capability)).rejects.toMatchObject({ code: 'WRONG_NETWORK' })
})

test('a verify capability does not read or delete', async () => {
  await using network = await createMemoryNetwork()
  const client = await network.addClient()
  const { verifyCapability } = await client.put(randomBytes(100))
  expect(await client.stat(verifyCapability)).toMatchObject({ objectBytes: 100 })
  await expect(readAll(client, verifyCapability)).rejects.toMatchObject({ code: 'CAPABILITY_TOO_WEAK' })
  await expect(client.remove(verifyCapability)).rejects.toMatchObject({ code: 'CAPABILITY_TOO_WEAK' })
})

test('a removed object is gone everywhere, and nothing else is', async () => {
  await using network = await createMemoryNetwork()
  const client = await network.addClient()
  const kept = await client.put(randomBytes(5_000), small)
  const before = shardCount(network)
  const { capability } = await client.put(randomBytes(50_000), small)
  const report = await client.remove(capability)
  expect(report.unreachable).toEqual([])
  expect(shardCount(network)).toBe(before)
  await expect(client.stat(capability)).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
  expect((await readAll(client, kept.capability)).length).toBe(5_000)
})

test('an object is unreadable after its deletion date', async () => {
  let aheadMs = 0
  const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + aheadMs }
  await using network = await createMemoryNetwork({ clock })
  const client = await network.addClient()
  const { capability } = await client.put(randomBytes(100), { deleteAfter: new Date(Date.now() + 3_600_000) })
  expect((await readAll(client, capability)).length).toBe(100)
  aheadMs = 3_600_000
  await expect(readAll(client, capability)).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
  expect(shardCount(network)).toBe(0)
})

test.each([
  ['scheme', { scheme: 'rs:0+2' }, 'SCHEME_INVALID'],
  ['scheme', { scheme: 'rs:200+100' }, 'SCHEME_INVALID'],
])('a bad %s is refused: %o', async (_, options, code) => {
  await using network = await createMemoryNetwork({ nodes: 1 })
  await expect(network.nodes[0]!.node.put(randomBytes(1), options)).rejects.toMatchObject({ code })
})

const outOfRange = [
  { shardBytes: 0 },
  { shardBytes: 2 << 20 },
  { shardBytes: 1.5 },
  { inlineBytes: -1 },
  { inlineBytes: 64 * 1024 + 1 },
  { deleteAfter: new Date(Number.NaN) },
]

test.each(outOfRange)('an option out of range is refused: %o', async (options) => {
  await using network = await createMemoryNetwork({ nodes: 1 })
  await expect(network.nodes[0]!.node.put(randomBytes(1), options)).rejects.toThrow(RangeError)
})

test('a node stores and reads as well, its own store included', async () => {
  await using network = await createMemoryNetwork()
  const { node } = network.nodes[2]!
  const bytes = randomBytes(3_000_000)
  const { capability } = await node.put(bytes)
  expect((await readAll(node, capability)).equals(bytes)).toBe(true)
  const status = node.status()
  expect(status.members).toHaveLength(6)
  expect(status.members.every(({ availability }) => availability === 'up')).toBe(true)
})

test('a closed client does not work any more', async () => {
  await using network = await createMemoryNetwork({ nodes: 1 })
  const client = await network.addClient()
  await client.close()
  await expect(client.put(randomBytes(1), { scheme: 'mirror:1' })).rejects.toMatchObject({ code: 'CLOSED' })
})

function shardCount(network: MemoryNetwork): number {
  return network.nodes.reduce((sum, { store }) => sum + store.usage().shardCount, 0)
}
