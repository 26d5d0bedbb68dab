import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Client } from '../../src/client.ts'
import { systemClock } from '../../src/clock/system-clock.ts'
import { createIdentity } from '../../src/identity/identity.ts'
import { certify } from '../../src/membership/authority.ts'
import { createMemoryNetwork, type MemoryNetwork } from '../../src/memory-network.ts'
import { parseShardId, shardId } from '../../src/object/shard-id.ts'
import type { UnitStore } from '../../src/ports/shard-store.ts'
import { systemRandom } from '../../src/random/system-random.ts'
import { Scrub } from '../../src/scrub/scrub.ts'
import { StorageNode } from '../../src/storage-node.ts'
import { createMemoryStore, type MemoryStore } from '../../src/store/memory.ts'
import { newEntry } from '../../src/store/units/unit-entry.ts'
import { openUnits, type Units } from '../../src/store/units/units.ts'
import { shard } from '../contract/shard-store.ts'
import { readAll } from '../object-bytes.ts'
import { CollectedLog } from '../store/collected-log.ts'

let network: MemoryNetwork
let client: Client
let leaving: StorageNode
let units: Units
let scrub: Scrub
let store: MemoryStore & UnitStore
const log = new CollectedLog()
const clock = systemClock
const random = systemRandom

beforeEach(async () => {
  network = await createMemoryNetwork({ nodes: 7 })
  store = createMemoryStore({ capacityBytes: 64 << 20, clock }) as MemoryStore & UnitStore
  units = await openUnits(
    { units: [newEntry({ kind: 'directory', path: 'a' })], discardedRuns: [], isDraining: false },
    {
      ...{ clock, random, logger: log },
      open: async () => store,
      capacityOf: async () => 64 << 20,
      save: async () => {},
      look: async () => {},
      askDisk: async () => 'unknown',
      release: async () => {},
    },
  )
  scrub = new Scrub({
    ...{ store: units, clock, random, logger: log },
    periodMs: 1e9,
    state: undefined,
    save: async () => {},
  })
  const identity = createIdentity(random.bytes(32))
  const { peerId } = identity
  const address = `/memory/p2p/${peerId}`
  leaving = new StorageNode({
    ...{ clock, random, logger: log, identity, store: units },
    credential: certify(network.authority, peerId, { role: 'storage', expiresAtMs: 0 }),
    transport: network.hub.transport(peerId, { address }),
    bootstrap: network.nodes.map(({ identity: other }) => `/memory/p2p/${other.peerId}`),
    upkeep: {
      units,
      scrub,
    },
  })
  await leaving.start()
  client = await network.addClient()
  await client.waitForNodes(8)
})
afterEach(async () => {
  await leaving.close()
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
  while (units.usage().shardCount === 0)
  await units.drain(true)
  for (const { capability } of receipts) expect(await readAll(client, capability)).toEqual(bytes)
  await expect.poll(() => units.usage().shardCount).toBe(0)
  expect(log.at('error')).toEqual([])
  expect(units.report()).toMatchObject([{ state: 'leaving', problem: null }])
  await leaving.close()
  for (const { capability, verifyCapability } of receipts) {
    expect(await readAll(client, capability)).toEqual(bytes)
    for await (const { peerId } of client.locate(capability)) expect(peerId).not.toBe(leaving.peerId)
    expect(await client.verify(verifyCapability)).toMatchObject({ isHealthy: true })
    expect(await client.repair(verifyCapability)).toMatchObject({ isComplete: true, rebuiltShards: 0 })
  }
})

test('a shard that is damaged is made anew on its way out', async () => {
  const { verifyCapability } = await client.put(randomBytes(30_000), { scheme: 'rs:4+2', shardBytes: 4096 })
  for (const id of [...store.ids()]) if (parseShardId(id).kind === 'shard') store.corrupt(id)
  await units.drain(true)
  await expect.poll(() => units.usage().shardCount).toBe(0)
  expect(await client.verify(verifyCapability)).toMatchObject({ isHealthy: true })
})

test('what the scrub finds damaged is made anew from other nodes, shards and records alike', async () => {
  const bytes = randomBytes(20_000)
  const receipts = []
  do receipts.push(await client.put(bytes, { scheme: 'rs:4+2', shardBytes: 4096 }))
  while (new Set([...store.ids()].map((id) => parseShardId(id).kind)).size < 2)
  const ids = [...store.ids()]
  for (const id of ids) store.corrupt(id)
  scrub.hurry()
  await expect.poll(() => scrub.report()).toMatchObject({ checkedShards: ids.length, isHurried: false })
  await expect.poll(() => scrub.report().damagedShards).toBe(0)
  for (const id of ids) expect(await units.get(id)).toBeDefined()
  for (const { verifyCapability } of receipts) {
    expect(await client.verify(verifyCapability)).toMatchObject({ isHealthy: true })
  }
})

test('shards of objects that nobody knows are kept, elsewhere', async () => {
  const objectId = new Uint8Array(16).fill(9)
  const ids = [0, 1, 2].map((index) => shardId(objectId, 'shard', 5, index))
  const holders = network.nodes.slice(0, 2)
  await units.put({ ...shard(1, 1000), id: ids[0]! })
  for (const [at, { store: other }] of holders.entries()) await other.put({ ...shard(1, 1000), id: ids[at + 1]! })
  await units.drain(true)
  await expect.poll(() => units.usage().shardCount).toBe(0)
  const found = network.nodes.filter(({ store: other }) => other.stat(ids[0]!) !== undefined)
  expect(found).toHaveLength(1)
  expect(holders).not.toContain(found[0])
})

test('what finds no node stays, and says so, until the node is kept or nodes come', async () => {
  for (const node of network.nodes.slice(0, 2)) await network.crash(node)
  await expect.poll(() => client.status().members.filter(({ availability }) => availability === 'up').length).toBe(6)
  const bytes = randomBytes(20_000)
  const { capability, verifyCapability } = await client.put(bytes, { scheme: 'rs:4+2', shardBytes: 4096 })
  await units.drain(true)
  await expect.poll(() => units.report()[0]?.problem).toMatch(/^\d+ shards find no other node that may take them/)
  expect(await readAll(client, capability)).toEqual(bytes)
  expect(await client.verify(verifyCapability)).toMatchObject({ isHealthy: true })
  await units.drain(false)
  expect(units.report()).toMatchObject([{ state: 'active', problem: null }])
  expect(leaving.isDraining).toBe(false)
})

test('nothing new comes to a node that is drained', async () => {
  await units.drain(true)
  await expect.poll(() => client.status().members.find(({ draining }) => draining)?.peerId).toBe(leaving.peerId)
  for (let object = 0; object < 3; object++)
    await client.put(randomBytes(20_000), { scheme: 'rs:4+2', shardBytes: 4096 })
  expect(units.usage().shardCount).toBe(0)
})
