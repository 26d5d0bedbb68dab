import { expect, onTestFinished, test } from 'vitest'
import type { Client } from '../../src/client.ts'
import { type ManualClock, manualClock } from '../../src/clock/manual-clock.ts'
import { revokeBy, rotate } from '../../src/home/rule.ts'
import { memoryLogger } from '../../src/logger/memory-logger.ts'
import { Roll } from '../../src/membership/roll.ts'
import { createMemoryNetwork, type MemoryNetwork } from '../../src/memory-network.ts'
import { seededRandom } from '../../src/random/seeded-random.ts'

const bytes = new Uint8Array(5_000).fill(7)
const options = { scheme: 'rs:2+1', shardBytes: 1024 }
const logger = memoryLogger()

interface Stage {
  readonly clock: ManualClock
  readonly network: MemoryNetwork
  readonly client: Client
}

/** Nodes and a client that know each other. */
async function stage(nodes: number): Promise<Stage> {
  const clock = manualClock()
  const network = await clock.settle(createMemoryNetwork({ nodes, clock, random: seededRandom(1), logger }))
  onTestFinished(() => clock.settle(network.close()))
  const client = await clock.settle(network.addClient())
  await clock.advance(5_000)
  return { clock, network, client }
}

const nodeIds = (peer: Client): string[] => peer.status().members.map(({ peerId }) => peerId)
const everyone = ({ network, client }: Stage): Client[] => [client, ...network.nodes.map(({ node }) => node)]

test('a revocation reaches everyone at once, and the revoked one is out of everything', async () => {
  const scene = await stage(4)
  const { clock, network, client } = scene
  const { capability } = await clock.settle(client.put(bytes, options))
  const [revoked, ...others] = network.nodes
  const { peerId } = revoked!.identity
  expect(await clock.settle(client.announce([revokeBy(network.authority, peerId, clock.nowMs())]))).toEqual({
    told: 3,
    members: 3,
  })
  await clock.advance(50)
  for (const { node } of others) {
    expect(nodeIds(node)).toEqual(others.map(({ identity }) => identity.peerId).sort())
    expect(node.members().find((member) => member.peerId === peerId)).toMatchObject({ revokedAtMs: expect.any(Number) })
  }
  expect(logger.lines.filter(({ message }) => message.startsWith('the peer is no longer a member'))).not.toEqual([])
  await expect(clock.settle(revoked!.node.put(bytes, { scheme: 'mirror:2' }))).rejects.toMatchObject({
    code: 'TOO_FEW_NODES',
  })
  const read: Uint8Array[] = []
  const reading = (async () => {
    for await (const piece of client.get(capability)) read.push(piece)
  })()
  await clock.settle(reading)
  expect(Buffer.concat(read).equals(bytes)).toBe(true)
})

test('who is put out is told first, once, with proof: it knows on its own from then on', async () => {
  const { clock, network, client } = await stage(4)
  const [revoked, other] = network.nodes
  const told: unknown[] = []
  for (const { node } of [revoked!, other!]) {
    node.events.addEventListener('membership-end', ({ detail }) => told.push([node.peerId, detail.code]))
  }
  const { peerId } = revoked!.identity
  await clock.settle(client.announce([revokeBy(network.authority, peerId, clock.nowMs())]))
  await clock.advance(30_000)
  expect(told).toEqual([[peerId, 'MEMBERSHIP_REVOKED']])
  const roll = new Roll(network.authority.founder)
  roll.merge(revoked!.node.rollItems(), clock.nowMs())
  expect(roll.isRevoked(peerId)).toBe(true)
})

test('what is not found when a node was revoked is not there: it is waited for by nobody', async () => {
  const { clock, network, client } = await stage(3)
  const { capability } = await clock.settle(client.put(bytes, { ...options, scheme: 'mirror:2' }))
  const [gone] = network.nodes
  await clock.settle(network.crash(gone!))
  await clock.settle(client.remove(capability))
  await clock.advance(60_000)
  await expect(clock.settle(client.stat(capability))).rejects.toMatchObject({ code: 'OBJECT_UNREACHABLE' })
  await clock.settle(client.announce([revokeBy(network.authority, gone!.identity.peerId, clock.nowMs())]))
  await expect(clock.settle(client.stat(capability))).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
})

test('who was away when it was ruled learns of it when back', async () => {
  const { clock, network, client } = await stage(4)
  const [revoked, away] = network.nodes
  const others = network.nodes.filter((node) => node !== away).map(({ identity }) => identity.peerId)
  network.hub.partition([[away!.identity.peerId], [...others, client.peerId]])
  await clock.settle(client.announce([revokeBy(network.authority, revoked!.identity.peerId, clock.nowMs())]))
  expect(nodeIds(away!.node)).toContain(revoked!.identity.peerId)
  network.hub.healAll()
  await clock.advance(20_000)
  expect(nodeIds(away!.node)).not.toContain(revoked!.identity.peerId)
})

test('a rotation certifies all members anew: they go on when the old key has retired, and what it signs counts no more', async () => {
  const scene = await stage(3)
  const { clock, network, client } = scene
  const roll = new Roll(network.authority.founder)
  roll.merge(client.rollItems(), clock.nowMs())
  expect(roll.members).toHaveLength(4)
  const { items } = rotate(network.authority, roll, clock.nowMs() + 10_000, seededRandom(2))
  await clock.settle(client.announce(items))
  await clock.advance(20_000)
  for (const peer of everyone(scene)) expect(peer.members()).toHaveLength(4)
  await network.hub.drop(client.peerId, network.nodes[0]!.identity.peerId)
  const { storedShards } = await clock.settle(client.put(bytes, options))
  expect(storedShards).toBeGreaterThan(0)
  const late = await clock.settle(network.addClient())
  await expect(clock.settle(late.put(bytes, options))).rejects.toMatchObject({ code: 'TOO_FEW_NODES' })
})

test.each([0, 10_000])(
  'who was away at two rotations, after each of which the old key counts for %d ms, comes back',
  async (leftMs) => {
    const { clock, network, client } = await stage(4)
    const [away, ...others] = network.nodes
    const ended: unknown[] = []
    for (const { node } of network.nodes)
      node.events.addEventListener('membership-end', ({ detail }) => ended.push(detail))
    network.hub.partition([[away!.identity.peerId], [...others.map(({ identity }) => identity.peerId), client.peerId]])
    let holder = network.authority
    for (const seed of [2, 3]) {
      const roll = new Roll(holder.founder)
      roll.merge(client.rollItems(), clock.nowMs())
      const { next, items } = rotate(holder, roll, clock.nowMs() + leftMs, seededRandom(seed))
      await clock.settle(client.announce(items))
      await clock.advance(20_000)
      holder = next
    }
    await clock.settle(client.announce([revokeBy(holder, others[0]!.identity.peerId, clock.nowMs())]))
    network.hub.healAll()
    await clock.advance(40_000)
    expect(ended).toMatchObject([{ code: 'MEMBERSHIP_REVOKED' }])
    const left = [away!, ...others.slice(1)]
    for (const { node } of left) {
      expect(nodeIds(node)).toEqual(left.map(({ identity }) => identity.peerId).sort())
      expect(node.members().filter(({ revokedAtMs }) => revokedAtMs === undefined)).toHaveLength(4)
    }
    const { storedShards } = await clock.settle(away!.node.put(bytes, options))
    expect(storedShards).toBeGreaterThan(0)
  },
)

test('the domain in a certificate counts, whatever a node says of itself', async () => {
  const { clock, network, client } = await stage(1)
  await clock.settle(network.addNode(undefined, 'rack-7'))
  await clock.advance(10_000)
  const domains = client.status().members.map(({ domain }) => domain)
  expect(domains).toContain('rack-7')
  expect(domains).toContain(network.nodes[0]!.identity.peerId)
})

test('a verifier verifies, and neither reads nor writes nor repairs', async () => {
  const { clock, network, client } = await stage(3)
  const { capability, verifyCapability } = await clock.settle(client.put(bytes, options))
  const verifier = await clock.settle(network.addClient('verifier'))
  await clock.advance(5_000)
  expect(await clock.settle(verifier.verify(verifyCapability))).toMatchObject({ isHealthy: true })
  await expect(clock.settle(verifier.put(bytes, options))).rejects.toMatchObject({ code: 'TOO_FEW_NODES' })
  await expect(clock.settle(verifier.get(capability).next())).rejects.toMatchObject({ code: 'NOT_ENOUGH_SHARDS' })
  expect(await clock.settle(client.verify(verifyCapability))).toMatchObject({ isHealthy: true })
  const { deleted } = await clock.settle(verifier.remove(capability))
  expect(deleted).toBe(0)
})
