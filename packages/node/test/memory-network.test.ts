import { crc32 } from 'node:zlib'
import { Uint8ArrayList } from 'uint8arraylist'
import { expect, test } from 'vitest'
import { createMemoryNetwork } from '../src/memory-network.ts'
import { shardId } from '../src/object/shard-id.ts'

test('a crash loses what was only in memory, and nothing that was durable', async () => {
  await using network = await createMemoryNetwork({ nodes: 1 })
  const [node] = network.nodes
  const bytes = new Uint8Array(100).fill(5)
  const write = (index: number) => ({
    id: shardId(new Uint8Array(16), 'shard', 0, index),
    runId: new Uint8Array(16),
    body: new Uint8ArrayList(bytes),
    checksum: crc32(bytes),
    deleteAfterMs: 0,
  })
  await node!.store.put(write(0))
  await node!.store.put(write(1), { durability: 'memory' })
  await network.crash(node!)
  const { store } = await network.restart(node!)
  expect(await store.get(write(0).id)).toEqual(bytes)
  expect(await store.get(write(1).id)).toBeUndefined()
})

test('a wait for nodes counts none that has just crashed, noticed or not', async () => {
  await using network = await createMemoryNetwork({ nodes: 4 })
  const client = await network.addClient()
  await client.waitForNodes(4)
  const [gone] = network.nodes
  await network.crash(gone!)
  await client.waitForNodes(3)
  await expect(client.waitForNodes(4, { signal: AbortSignal.timeout(300) })).rejects.toThrow('timeout')
  const { node } = await network.addNode()
  await client.waitForNodes(4)
  const up = client.view.query(({ availability }) => availability === 'up').map(({ peerId }) => peerId)
  expect(up).toContain(node.peerId)
  expect(up).not.toContain(gone!.identity.peerId)
})
