import { describe, expect, test } from 'vitest'
import { manualClock } from '../../src/clock/manual-clock.ts'
import { MemoryNetwork, type MemoryNode } from '../../src/memory-network.ts'
import { seededRandom } from '../../src/random/seeded-random.ts'

/** Nodes that have come to know each other. */
async function createNetwork(count: number) {
  const clock = manualClock()
  const conditions = () => ({ latencyMs: 5, bytesPerSecond: 20e6 })
  const network = new MemoryNetwork({ clock, random: seededRandom(1), conditions })
  const nodes: MemoryNode[] = []
  for (let i = 0; i < count; i++) nodes.push(await clock.settle(network.addNode()))
  await clock.advance(5_000)
  const verdicts = (subject: MemoryNode) =>
    nodes
      .filter((node) => node !== subject && network.nodes.includes(node))
      .map(({ node }) => node.status().members.find(({ peerId }) => peerId === subject.identity.peerId)?.availability)
  const close = () => clock.settle(network.close())
  return { clock, network, nodes, verdicts, close }
}

/** Lets time pass in small steps until it is so. @returns how long it took */
async function waitUntil(
  clock: ReturnType<typeof manualClock>,
  isSo: () => boolean,
  withinMs: number,
): Promise<number> {
  const startMs = clock.monotonicMs()
  while (!isSo()) {
    if (clock.monotonicMs() - startMs > withinMs) throw new Error(`it was not so within ${withinMs} ms`)
    await clock.advance(100)
  }
  return clock.monotonicMs() - startMs
}

describe('a node that stops answering', () => {
  test('is down for everybody soon, while its streams stay open, and up again soon after it answers', async () => {
    const { clock, network, nodes, verdicts, close } = await createNetwork(8)
    const [stopped, ...others] = nodes as [MemoryNode, ...MemoryNode[]]
    const ids = others.map(({ identity }) => identity.peerId)
    network.hub.partition([[stopped.identity.peerId], ids])
    await waitUntil(clock, () => verdicts(stopped).every((verdict) => verdict === 'down'), 20_000)
    for (const other of others)
      expect(verdicts(other).filter((verdict) => verdict === 'down')).toSatisfy((own: unknown[]) => own.length <= 1)
    network.hub.healAll()
    await waitUntil(clock, () => verdicts(stopped).every((verdict) => verdict === 'up'), 20_000)
    await close()
  })

  test('makes others tell of it: of its going, which time alone decides, and of its return', async () => {
    const { clock, network, nodes, close } = await createNetwork(4)
    const [stopped, ...others] = nodes as [MemoryNode, ...MemoryNode[]]
    const told: string[][] = others.map(() => [])
    for (const [i, { node }] of others.entries()) {
      node.view.subscribe(({ kind, peerId }) => {
        const isVerdict = kind === 'availability' && peerId === stopped.identity.peerId
        if (isVerdict) told[i]!.push(node.view.explain(peerId).availability)
      })
    }
    network.hub.partition([[stopped.identity.peerId], others.map(({ identity }) => identity.peerId)])
    await waitUntil(clock, () => told.every((verdicts) => verdicts.at(-1) === 'down'), 30_000)
    network.hub.healAll()
    await waitUntil(clock, () => told.every((verdicts) => verdicts.at(-1) === 'up'), 30_000)
    await close()
  })

  test('is heard of as down by a client that has just come', async () => {
    const { clock, network, nodes, verdicts, close } = await createNetwork(8)
    const [stopped] = nodes as [MemoryNode]
    network.hub.crash(stopped.identity.peerId)
    await waitUntil(clock, () => verdicts(stopped).every((verdict) => verdict === 'down'), 20_000)
    await clock.advance(3_000)
    const client = await clock.settle(network.addClient())
    const seen = client.status().members.find(({ peerId }) => peerId === stopped.identity.peerId)
    expect(seen?.availability).toBe('down')
    await close()
  })
})

test('a node that others reach is not given up because one of them does not', async () => {
  const { clock, network, nodes, verdicts, close } = await createNetwork(8)
  const [one, other] = nodes as [MemoryNode, MemoryNode]
  network.hub.partition([[one.identity.peerId], [other.identity.peerId]])
  for (let i = 0; i < 300; i++) {
    await clock.advance(100)
    expect(verdicts(one).filter((verdict) => verdict === 'down').length).toBeLessThanOrEqual(1)
  }
  await close()
})

test('in three minutes without faults nobody is suspected', async () => {
  const { clock, nodes, verdicts, close } = await createNetwork(4)
  for (let i = 0; i < 6; i++) {
    await clock.advance(30_000)
    for (const node of nodes) expect(new Set(verdicts(node))).toEqual(new Set(['up']))
  }
  await close()
})
