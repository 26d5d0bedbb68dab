import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Client } from '../../src/client.ts'
import { createMemoryNetwork, type MemoryNetwork } from '../../src/memory-network.ts'
import { parseShardId, shardId } from '../../src/object/shard-id.ts'
import { shard } from '../contract/shard-store.ts'
import { readAll } from '../object-bytes.ts'
import { CollectedLog } from '../store/collected-log.ts'
import { addEmptied, type Emptied } from './emptied.ts'

let network: MemoryNetwork
let client: Client
let first: Emptied
const log = new CollectedLog()

beforeEach(async () => {
  network = await createMemoryNetwork({ nodes: 7 })
  first = await addEmptied(network, log)
  client = await network.addClient()
  await client.waitForNodes(8)
})
afterEach(async () => {
  await first.node.close()
  await network.close()
})

test.each([
  ['rs:4+2', 30_000],
  ['grid:2+1,1+1', 10_000],
  ['mirror:3', 5_000],
  ['rs:4+2', 0],
])('all that a node holds of %s objects of %i bytes goes to others while it is read', async (scheme, length) => {
  const bytes = randomBytes(length)
  const receipts = []
  do receipts.push(await client.put(bytes, { scheme, shardBytes: 4096 }))
  while (first.units.usage().shardCount === 0)
  await first.units.drain(true)
  for (const { capability } of receipts) expect(await readAll(client, capability)).toEqual(bytes)
  await expect.poll(() => first.units.usage().shardCount).toBe(0)
  expect(log.at('error')).toEqual([])
  expect(first.units.report()).toMatchObject([{ state: 'leaving', problem: null }])
  await first.node.close()
  for (const { capability, verifyCapability } of receipts) {
    expect(await readAll(client, capability)).toEqual(bytes)
    for await (const { peerId } of client.locate(capability)) expect(peerId).not.toBe(first.node.peerId)
    expect(await client.verify(verifyCapability)).toMatchObject({ isHealthy: true })
    expect(await client.repair(verifyCapability)).toMatchObject({ isComplete: true, rebuiltShards: 0 })
  }
})

test('two nodes that are drained at once, of the same objects, leave no page that names one of them', async () => {
  const second = await addEmptied(network, log)
  await client.waitForNodes(9)
  const receipts = []
  for (let object = 0; object < 12; object += 1) {
    receipts.push(await client.put(randomBytes(60_000), { scheme: 'rs:4+2', shardBytes: 4096 }))
  }
  const both = [first, second]
  for (const { units } of both) expect(units.usage().shardCount).toBeGreaterThan(0)
  await Promise.all(both.map(({ units }) => units.drain(true)))
  for (const { units } of both) await expect.poll(() => units.usage().shardCount, { timeout: 30_000 }).toBe(0)
  const gone = both.map(({ node }) => node.peerId)
  await second.node.close()
  for (const { capability, verifyCapability } of receipts) {
    const holders = new Map<number, string[]>()
    for await (const { stripe, peerId } of client.locate(capability)) {
      expect(gone).not.toContain(peerId)
      holders.set(stripe, [...(holders.get(stripe) ?? []), peerId])
    }
    for (const stripe of holders.values()) expect(new Set(stripe).size).toBe(6)
    expect(await client.verify(verifyCapability)).toMatchObject({ isHealthy: true })
    expect(await client.repair(verifyCapability)).toMatchObject({ isComplete: true, rebuiltShards: 0 })
  }
}, 60_000)

test('a shard that is damaged is made anew on its way out', async () => {
  const { verifyCapability } = await client.put(randomBytes(30_000), { scheme: 'rs:4+2', shardBytes: 4096 })
  for (const id of [...first.store.ids()]) if (parseShardId(id).kind === 'shard') first.store.corrupt(id)
  await first.units.drain(true)
  await expect.poll(() => first.units.usage().shardCount).toBe(0)
  expect(await client.verify(verifyCapability)).toMatchObject({ isHealthy: true })
})

test('what the scrub finds damaged is made anew from other nodes, shards and records alike', async () => {
  const bytes = randomBytes(20_000)
  const receipts = []
  do receipts.push(await client.put(bytes, { scheme: 'rs:4+2', shardBytes: 4096 }))
  while (new Set([...first.store.ids()].map((id) => parseShardId(id).kind)).size < 2)
  const ids = [...first.store.ids()]
  for (const id of ids) first.store.corrupt(id)
  first.scrub.hurry()
  await expect.poll(() => first.scrub.report()).toMatchObject({ checkedShards: ids.length, isHurried: false })
  await expect.poll(() => first.scrub.report().damagedShards).toBe(0)
  for (const id of ids) expect(await first.units.get(id)).toBeDefined()
  for (const { verifyCapability } of receipts) {
    expect(await client.verify(verifyCapability)).toMatchObject({ isHealthy: true })
  }
})

test('shards of objects that nobody knows are kept, elsewhere', async () => {
  const objectId = new Uint8Array(16).fill(9)
  const ids = [0, 1, 2].map((index) => shardId(objectId, 'shard', 5, index))
  const holders = network.nodes.slice(0, 2)
  await first.units.put({ ...shard(1, 1000), id: ids[0]! })
  for (const [at, { store: other }] of holders.entries()) await other.put({ ...shard(1, 1000), id: ids[at + 1]! })
  await first.units.drain(true)
  await expect.poll(() => first.units.usage().shardCount).toBe(0)
  const found = network.nodes.filter(({ store: other }) => other.stat(ids[0]!) !== undefined)
  expect(found).toHaveLength(1)
  expect(holders).not.toContain(found[0])
})

test('what finds no node stays, and says so, until the node is kept or nodes come', async () => {
  for (const node of network.nodes.slice(0, 2)) await network.crash(node)
  await expect.poll(() => client.status().members.filter(({ availability }) => availability === 'up').length).toBe(6)
  const bytes = randomBytes(20_000)
  const { capability, verifyCapability } = await client.put(bytes, { scheme: 'rs:4+2', shardBytes: 4096 })
  await first.units.drain(true)
  await expect.poll(() => first.units.report()[0]?.problem).toMatch(/^\d+ shards find no other node that may take them/)
  expect(await readAll(client, capability)).toEqual(bytes)
  expect(await client.verify(verifyCapability)).toMatchObject({ isHealthy: true })
  await first.units.drain(false)
  expect(first.units.report()).toMatchObject([{ state: 'active', problem: null }])
  expect(first.node.isDraining).toBe(false)
})

test('nothing new comes to a node that is drained', async () => {
  await first.units.drain(true)
  await expect.poll(() => client.status().members.find(({ draining }) => draining)?.peerId).toBe(first.node.peerId)
  for (let object = 0; object < 3; object++)
    await client.put(randomBytes(20_000), { scheme: 'rs:4+2', shardBytes: 4096 })
  expect(first.units.usage().shardCount).toBe(0)
})
