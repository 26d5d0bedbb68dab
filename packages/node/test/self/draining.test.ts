import { expect, test } from 'vitest'
import { manualClock } from '../../src/clock/manual-clock.ts'
import { MemoryNetwork, type MemoryNode } from '../../src/memory-network.ts'
import { seededRandom } from '../../src/random/seeded-random.ts'

test('that a node is being emptied is known to all at once, and nothing new is placed there until it says otherwise', async () => {
  const clock = manualClock()
  const conditions = () => ({ latencyMs: 5, bytesPerSecond: 20e6 })
  const network = new MemoryNetwork({ clock, random: seededRandom(1), conditions })
  for (let i = 0; i < 8; i++) await clock.settle(network.addNode())
  await clock.advance(5_000)
  const [leaving, ...others] = network.nodes as [MemoryNode, ...MemoryNode[]]
  const { peerId } = leaving.identity
  const seen = () =>
    others.map(({ node }) => node.status().members.find((member) => member.peerId === peerId)?.draining)
  expect(seen()).toEqual(others.map(() => false))

  leaving.node.isDraining = true
  // Three are told at once and three more every 250 ms; a round of gossip takes longer than this.
  await clock.advance(900)
  expect(seen()).toEqual(others.map(() => true))
  const { shards } = await others[0]!.node.explainPlacement({ scheme: 'rs:5+2' })
  expect(shards.map(({ node }) => node?.peerId)).not.toContain(peerId)
  expect((await others[0]!.node.explainPlacement({ scheme: 'rs:5+2' })).unavailable).toBe(1)

  leaving.node.isDraining = false
  await clock.advance(900)
  expect(seen()).toEqual(others.map(() => false))
  await clock.settle(network.close())
})
