import { describe, expect, test } from 'vitest'
import { encodeCbor } from '../../node/src/encoding/cbor.ts'
import { calm } from '../src/gossip/figures/calm.ts'
import { healing } from '../src/gossip/figures/healing.ts'
import { spread } from '../src/gossip/figures/spread.ts'
import { createWorld } from '../src/gossip/figures/world.ts'
import { isElected } from '../src/gossip/network.ts'
import { runGossip } from '../src/gossip/run-gossip.ts'
import { bodyBytes } from '../src/gossip/wire-size.ts'

describe('a small network', () => {
  test('reaches every figure of spreading, and does the same again for the same seed', async () => {
    const first = await spread({ nodes: 24, seed: 7 })
    expect(first.figures.filter(({ passed }) => !passed)).toEqual([])
    expect(await spread({ nodes: 24, seed: 7 })).toEqual(first)
    expect((await spread({ nodes: 24, seed: 8 })).trace).not.toBe(first.trace)
  })

  test('heals, and takes nobody for dead at 10 % loss', async () => {
    expect(await healing({ nodes: 24, seed: 1 })).toMatchObject({ passed: true })
    expect(await calm({ nodes: 12, seed: 1, nodeHours: 1 })).toMatchObject({ value: 0, passed: true })
  })

  test('of several groups begins with everybody known who is to be, and holds nothing against anybody', async () => {
    const { network, clock } = createWorld({ nodes: 40, groups: 4, seed: 1, purpose: 'groups' })
    await network.start()
    await clock.advance(5_000)
    const elected = network.nodes.filter(isElected)
    expect(elected).toHaveLength(12)
    for (const { view, number } of network.nodes) {
      const members = view.snapshot(clock.monotonicMs())
      const own = network.nodes.filter((node) => node.number % 4 === number % 4)
      expect(members.map(({ record }) => record.peerId)).toEqual(
        [...new Set([...own, ...elected].map(({ peerId }) => peerId))].sort(),
      )
      expect(members.filter(({ availability }) => availability !== 'up')).toEqual([])
    }
    network.stop()
  })
})

test('no two nodes of a large network have one name', () => {
  const { network } = createWorld({ nodes: 1_300, groups: 13, seed: 1, purpose: 'names' })
  expect(new Set(network.nodes.map(({ peerId }) => peerId)).size).toBe(1_300)
})

test('the size of messages is near enough to what they take', () => {
  const record = { payload: new Uint8Array(600), signature: new Uint8Array(64) }
  const peerId = '12D3KooWGRUD1R5Z4wXV7oTJYX6mJqk2u8a3n5q5bL3b2KqJ9abc'
  const accusation = {
    subject: peerId,
    incarnation: 1_704_067_200_000,
    version: 9,
    accusers: ['3b2KqJ9abcde'],
    ageMs: 999,
  }
  const entry = ['3b2KqJ9abcde', 1_704_067_200_000, 70]
  const many = <T>(item: T): T[] => new Array(50).fill(item)
  for (const body of [
    { group: 'default', hashes: new Uint8Array(2_048), accusations: [] },
    { scope: 'group', buckets: many(300), entries: many(entry), accusations: many(accusation) },
    { records: many(record), wanted: many('3b2KqJ9abcde') },
    { coordinate: { vectorUs: many(40_000).slice(0, 8), heightUs: 1_000, errorPerMille: 300 } },
    { answered: true },
  ]) {
    const trueBytes = encodeCbor(body).length
    expect(Math.abs(bodyBytes(body) - trueBytes)).toBeLessThanOrEqual(0.1 * trueBytes + 8)
  }
})

test.each([
  [['--nodes', '9'], /--nodes must be a whole number from 10 to 10000/],
  [['--seed', '-1'], /--seed/],
  [['--frob'], /frob/],
])('%j is refused', async (args, message) => {
  await expect(runGossip(args, { print: () => {}, progress: () => {} })).rejects.toThrow(message)
})
