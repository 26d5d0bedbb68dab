import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Candidate, createPool } from '../src/candidate.ts'
import { hashBytes, hashText, mixPair } from '../src/hash.ts'
import { rarity } from '../src/logarithm.ts'
import { place } from '../src/place.ts'
import { replace } from '../src/replace.ts'
import { evenNetwork, keys, networks, numberedKey, seeds } from './arbitrary.ts'

const counts = fc.integer({ min: 1, max: 12 })
const limits = fc.option(fc.integer({ min: 1, max: 3 }), { nil: Number.POSITIVE_INFINITY })

function idsOf(nodes: readonly Candidate[]): string[] {
  return nodes.map(({ peerId }) => peerId)
}

/** One node after the other: the cheapest in the emptiest domain, by looking at all of them each time. */
function placeNaively(
  network: Candidate[],
  {
    key,
    seed,
    count,
    taken,
    maxPerDomain,
  }: {
    key: Uint8Array
    seed: number
    count: number
    taken: Candidate[]
    maxPerDomain: number
  },
): string[] {
  const chosen = [...taken]
  const inDomain = (domain: string) => chosen.filter((node) => node.domain === domain).length
  const cost = ({ peerId, weight }: Candidate) => rarity(mixPair(hashText(peerId), hashBytes(key, seed))) / weight
  const isBetter = (a: Candidate, b: Candidate) => {
    const difference = inDomain(a.domain) - inDomain(b.domain) || cost(a) - cost(b)
    return difference < 0 || (difference === 0 && a.peerId < b.peerId)
  }
  while (chosen.length < taken.length + count) {
    const open = network.filter(
      (node) => node.available && node.weight > 0 && !chosen.includes(node) && inDomain(node.domain) < maxPerDomain,
    )
    if (open.length === 0) break
    chosen.push(open.reduce((best, node) => (isBetter(node, best) ? node : best)))
  }
  return idsOf(chosen.slice(taken.length))
}

test('chooses what the naive way chooses, shards already placed or not', () => {
  fc.assert(
    fc.property(
      networks,
      keys,
      seeds,
      counts,
      counts,
      limits,
      (network, key, seed, count, fallbackCount, maxPerDomain) => {
        const taken = network.slice(0, network.length % 5)
        const pool = createPool(network)
        const { nodes, fallbacks } = replace({
          candidates: pool,
          key,
          seed,
          count,
          lossesSurvived: 2,
          taken,
          policy: { maxPerDomain, fallbackCount },
        })
        const expected = placeNaively(network, { key, seed, count: count + fallbackCount, taken, maxPerDomain })
        expect(idsOf([...nodes, ...fallbacks])).toEqual(expected)
        expect(nodes.length).toBe(Math.min(count, expected.length))
      },
    ),
    { numRuns: 500 },
  )
})

test('nodes are distinct, and so are domains while there are enough', () => {
  fc.assert(
    fc.property(networks, keys, seeds, counts, (network, key, seed, count) => {
      const { nodes, explanation } = place({ candidates: createPool(network), key, seed, count, lossesSurvived: 2 })
      expect(new Set(idsOf(nodes)).size).toBe(nodes.length)
      const usable = network.filter(({ available, weight }) => available && weight > 0)
      const domains = new Set(usable.map(({ domain }) => domain)).size
      expect(new Set(nodes.map(({ domain }) => domain)).size).toBe(Math.min(count, domains))
      expect(explanation.missing).toBe(Math.max(0, count - usable.length))
    }),
  )
})

test('the order of candidates makes no difference', () => {
  fc.assert(
    fc.property(networks, keys, seeds, counts, (network, key, seed, count) => {
      const request = { key, seed, count, lossesSurvived: 0 }
      const shuffled = createPool([...network].reverse())
      expect(place({ ...request, candidates: shuffled })).toEqual(
        place({ ...request, candidates: createPool(network) }),
      )
    }),
  )
})

test('without one candidate, only its own shard moves', () => {
  fc.assert(
    fc.property(networks, keys, seeds, counts, (network, key, seed, count) => {
      const idsWithout = (gone?: Candidate) => {
        const candidates = createPool(network.filter((node) => node !== gone))
        return idsOf(place({ candidates, key, seed, count, lossesSurvived: 0 }).nodes)
      }
      const before = idsWithout()
      for (const gone of network) {
        const after = idsWithout(gone)
        expect(before.filter((peerId) => !after.includes(peerId))).toEqual(
          before.includes(gone.peerId) ? [gone.peerId] : [],
        )
      }
    }),
  )
})

test('a node comes first as often as its weight is of all weights', () => {
  const stripes = 20_000
  const network = evenNetwork(40).map((node, i) => ({ ...node, weight: (i + 1) * 1_000_000_007 }))
  const total = network.reduce((sum, { weight }) => sum + weight, 0)
  const candidates = createPool(network)
  const load = new Map<string, number>()
  for (let i = 0; i < stripes; i++) {
    const [node] = place({ candidates, key: numberedKey(i), seed: 1, count: 1, lossesSurvived: 0 }).nodes
    load.set(node!.peerId, (load.get(node!.peerId) ?? 0) + 1)
  }
  for (const { peerId, weight } of network) {
    const share = weight / total
    const deviation = Math.sqrt(stripes * share * (1 - share))
    expect(Math.abs((load.get(peerId) ?? 0) - stripes * share)).toBeLessThan(5 * deviation)
  }
})

test('even nodes get even loads: the fullest at most 1.1 times the mean', () => {
  const stripes = 5_000
  const candidates = createPool(evenNetwork(60))
  const load = new Map<string, number>()
  for (let i = 0; i < stripes; i++) {
    for (const { peerId } of place({ candidates, key: numberedKey(i), seed: 0, count: 14, lossesSurvived: 4 }).nodes) {
      load.set(peerId, (load.get(peerId) ?? 0) + 1)
    }
  }
  expect(Math.max(...load.values())).toBeLessThan((1.1 * stripes * 14) / 60)
})

test('a known decision stays as it is', () => {
  const candidates = createPool(evenNetwork(12, 8).map((node, i) => ({ ...node, weight: 1 + i * i })))
  const { nodes, fallbacks } = place({ candidates, key: Uint8Array.of(1, 2, 3), seed: 42, count: 6, lossesSurvived: 2 })
  expect(idsOf(nodes)).toEqual(['node-10', 'node-11', 'node-8', 'node-9', 'node-4', 'node-7'])
  expect(idsOf(fallbacks)).toEqual(['node-5', 'node-6', 'node-2', 'node-3', 'node-1', 'node-0'])
})

describe('explanation', () => {
  const request = { key: Uint8Array.of(1), seed: 0, lossesSurvived: 2 }

  test('nothing is lost when every shard has a domain of its own', () => {
    const { explanation } = place({ ...request, candidates: createPool(evenNetwork(9)), count: 6 })
    expect(explanation).toEqual({
      candidates: 9,
      unavailable: 0,
      refused: 0,
      missing: 0,
      shardsPerDomain: [1, 1, 1, 1, 1, 1],
      domainFailuresSurvived: 2,
      toleranceLost: 0,
    })
  })

  test('four domains for six shards survive one domain less', () => {
    const { explanation } = place({ ...request, candidates: createPool(evenNetwork(12, 4)), count: 6 })
    expect(explanation).toMatchObject({ shardsPerDomain: [2, 2, 1, 1], domainFailuresSurvived: 1, toleranceLost: 1 })
  })

  test('a missing node counts as a shard already lost', () => {
    const { explanation } = place({ ...request, candidates: createPool(evenNetwork(5)), count: 6 })
    expect(explanation).toMatchObject({ missing: 1, domainFailuresSurvived: 1, toleranceLost: 1 })
  })

  test('counts who was left out, and why', () => {
    const network = evenNetwork(6).map((node, i) => ({
      ...node,
      weight: i === 0 ? 0 : 1,
      available: i !== 1,
      slow: i === 2,
    }))
    const policy = { accept: ({ slow }: { slow: boolean }) => !slow }
    const { nodes, fallbacks, explanation } = place({ ...request, candidates: createPool(network), count: 2, policy })
    expect(explanation).toMatchObject({ candidates: 6, unavailable: 1, refused: 2 })
    expect(idsOf([...nodes, ...fallbacks]).sort()).toEqual(['node-3', 'node-4', 'node-5'])
  })

  test('counts the shards a stripe already has', () => {
    const network = evenNetwork(8, 4)
    const taken = network.slice(0, 4)
    const { nodes, explanation } = replace({ ...request, candidates: createPool(network), count: 2, taken })
    expect(taken).not.toContain(nodes[0])
    expect(explanation).toMatchObject({ shardsPerDomain: [2, 2, 1, 1], domainFailuresSurvived: 1, toleranceLost: 1 })
  })
})

test('fresh nodes go to domains that the stripe does not use', () => {
  const network = evenNetwork(12, 6)
  const taken = network.slice(0, 4)
  const candidates = createPool(network)
  const { nodes } = replace({ candidates, key: Uint8Array.of(9), seed: 0, count: 2, lossesSurvived: 2, taken })
  expect(nodes.map(({ domain }) => domain).sort()).toEqual(['rack-4', 'rack-5'])
})

test('a number out of its range is the caller’s mistake', () => {
  const candidates = createPool(evenNetwork(3))
  const request = { candidates, key: Uint8Array.of(1), seed: 0, count: 1, lossesSurvived: 0 }
  const wrong = [
    { seed: -1 },
    { seed: 2 ** 32 },
    { count: 0 },
    { count: 1.5 },
    { lossesSurvived: -1 },
    { policy: { maxPerDomain: 0 } },
    { policy: { fallbackCount: -1 } },
  ]
  for (const change of wrong) expect(() => place({ ...request, ...change })).toThrow(RangeError)
  const [node] = evenNetwork(1)
  expect(() => createPool([node!, node!])).toThrow(RangeError)
  for (const weight of [-1, 0.5, Number.NaN, 2 ** 53]) {
    expect(() => createPool([{ ...node!, weight }])).toThrow(RangeError)
  }
})
