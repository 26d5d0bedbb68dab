import { expect, test } from 'vitest'
import { createMemoryNetwork } from '../src/memory-network.ts'

test('a client sees the members, how far they are, and why one is not up', async () => {
  await using network = await createMemoryNetwork({ nodes: 4 })
  const client = await network.addClient()
  await client.waitForNodes(4)
  await client.view.measure()
  const peers = client.view.snapshot()
  expect(peers.map(({ peerId }) => peerId)).toEqual(network.nodes.map(({ identity }) => identity.peerId).sort())
  for (const { isRoundTripMeasured, roundTripMs, availability, reasons } of peers) {
    expect({ isRoundTripMeasured, availability, reasons }).toEqual({
      isRoundTripMeasured: true,
      availability: 'up',
      reasons: [],
    })
    expect(roundTripMs).toBeGreaterThanOrEqual(0)
  }
  const [gone] = network.nodes
  await network.crash(gone!)
  await expect.poll(() => client.view.explain(gone!.identity.peerId).availability, { timeout: 30_000 }).toBe('down')
  expect(client.view.explain(gone!.identity.peerId).reasons.length).toBeGreaterThan(0)
  const up = client.view.query(({ availability }) => availability === 'up')
  expect(up.map(({ peerId }) => peerId)).not.toContain(gone!.identity.peerId)
  expect(client.view.explain('nobody')).toEqual({ availability: 'unknown', reasons: ['no record of it has come here'] })
})

test('a node tells of its links, and status of its group', async () => {
  await using network = await createMemoryNetwork({ nodes: 3 })
  const [{ node }] = network.nodes as [(typeof network.nodes)[number]]
  await node.waitForNodes(3)
  // Links are told with the next renewal of a record.
  await expect.poll(() => node.view.links().length, { timeout: 30_000, interval: 200 }).toBeGreaterThan(0)
  for (const { from, to, security } of node.view.links()) {
    expect(network.nodes.map(({ identity }) => identity.peerId)).toEqual(expect.arrayContaining([from, to]))
    expect(security).toBe('local')
  }
  await expect
    .poll(() => node.status().groups, { timeout: 30_000, interval: 200 })
    .toMatchObject([{ group: 'default', members: 3, up: 3 }])
})
