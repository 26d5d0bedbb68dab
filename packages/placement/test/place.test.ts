import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Candidate, changePool, createPool } from '../src/candidate.ts'
import { costsOf } from '../src/cost.ts'
import { place } from '../src/place.ts'
import type { Policy } from '../src/policy.ts'
import { evenNetwork, geometries, keys, networkOf, networks, numberedKey, seeds, strategies } from './arbitrary.ts'
import { grid, local, reedSolomon } from './geometries.ts'

function idsOf(nodes: ReadonlyMap<number, Candidate>): string[] {
  return [...nodes.values()].map(({ peerId }) => peerId)
}

/** One node after the other: the cheapest in the emptiest domain, by looking at all of them each time. */
function placeNaively(
  network: Candidate[],
  count: number,
  taken: Candidate[],
  cost: (node: Candidate) => number,
): string[] {
  const chosen = [...taken]
  const inDomain = (domain: string) => chosen.filter((node) => node.domain === domain).length
  const isBetter = (a: Candidate, b: Candidate) => {
    const difference = inDomain(a.domain) - inDomain(b.domain) || cost(a) - cost(b)
    return difference < 0 || (difference === 0 && a.peerId < b.peerId)
  }
  while (chosen.length < taken.length + count) {
    const open = network.filter((node) => cost(node) < Number.POSITIVE_INFINITY && !chosen.includes(node))
    if (open.length === 0) break
    chosen.push(open.reduce((best, node) => (isBetter(node, best) ? node : best)))
  }
  return chosen.slice(taken.length).map(({ peerId }) => peerId)
}

test('Reed–Solomon: chooses what the naive way chooses, shards already placed or not', () => {
  fc.assert(
    fc.property(networks, keys, seeds, strategies, fc.nat(8), fc.integer({ min: 1, max: 4 }), (...input) => {
      const [network, key, seed, strategy, dataShards, parityShards] = input
      const geometry = reedSolomon(dataShards + 1, parityShards)
      const taken = network.slice(0, Math.min(network.length, geometry.shardCount - 1, network.length % 5))
      const placed = new Map(taken.map((node, shard) => [shard, node]))
      const pool = createPool(network)
      const policy = { strategy }
      const { nodes, explanation } = place({ candidates: pool, key, seed, geometry, policy, placed })
      const holders = new Set(taken.map(({ peerId }) => peerId))
      const { costs } = costsOf({ pool, key, seed, policy, holders })
      const cost = (node: Candidate) => costs[pool.candidates.indexOf(node)]!
      const count = geometry.shardCount - taken.length
      const expected = placeNaively(network, count, taken, cost)
      expect(idsOf(nodes)).toEqual(expected)
      expect(explanation.missing).toBe(count - expected.length)
    }),
    { numRuns: 500 },
  )
})

test('nodes are distinct, available, wanted, and in all numbers there are', () => {
  fc.assert(
    fc.property(networks, keys, seeds, geometries, strategies, (network, key, seed, geometry, strategy) => {
      const pool = createPool(network)
      const { nodes, seconds, explanation } = place({ candidates: pool, key, seed, geometry, policy: { strategy } })
      const usable = network.filter(
        ({ available, weight, path }) => available && weight > 0 && path!.congestionPermille <= 900 && path!.isSecure,
      )
      expect(nodes.size).toBe(Math.min(usable.length, geometry.shardCount))
      expect(explanation.missing).toBe(geometry.shardCount - nodes.size)
      const all = [...nodes.values(), ...seconds.values()]
      expect(new Set(all).size).toBe(all.length)
      for (const node of all) expect(usable).toContain(node)
      for (const shard of seconds.keys()) expect(nodes.has(shard)).toBe(true)
      const { candidates, unavailable, refused, congested, insecure } = explanation
      expect(candidates - unavailable - refused - congested - insecure).toBe(usable.length)
    }),
    { numRuns: 150 },
  )
})

test('the order of candidates makes no difference', () => {
  fc.assert(
    fc.property(networks, keys, geometries, strategies, (network, key, geometry, strategy) => {
      const request = { key, geometry, policy: { strategy } }
      const shuffled = createPool([...network].reverse())
      expect(place({ ...request, candidates: shuffled })).toEqual(
        place({ ...request, candidates: createPool(network) }),
      )
    }),
  )
})

test('Reed–Solomon: without one candidate, only its own shard moves', () => {
  fc.assert(
    fc.property(networks, keys, seeds, fc.nat(8), (network, key, seed, dataShards) => {
      const geometry = reedSolomon(dataShards + 1, 2)
      const idsWithout = (gone?: Candidate) => {
        const candidates = createPool(network.filter((node) => node !== gone))
        return idsOf(place({ candidates, key, seed, geometry }).nodes)
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
    const [peerId] = idsOf(place({ candidates, key: numberedKey(i), seed: 1, geometry: reedSolomon(1, 0) }).nodes)
    load.set(peerId!, (load.get(peerId!) ?? 0) + 1)
  }
  for (const { peerId, weight } of network) {
    const share = weight / total
    const deviation = Math.sqrt(stripes * share * (1 - share))
    expect(Math.abs((load.get(peerId) ?? 0) - stripes * share)).toBeLessThan(5 * deviation)
  }
})

/** The fullest node's shards over its fair share, after `stripes` placements that each tell the next what they did. */
function fullest(network: readonly Candidate[], stripes: number, geometry = reedSolomon(10, 4)): number {
  const nodes = network.map((node) => ({ ...node, load: 0 }))
  const candidates = createPool(nodes)
  const shards = new Map(nodes.map((node) => [node, 0]))
  for (let i = 0; i < stripes; i++) {
    const policy = { strategy: 'least-loaded' } as const
    for (const node of place({ candidates, key: numberedKey(i), geometry, policy }).nodes.values()) {
      shards.set(node, shards.get(node)! + 1)
      node.load = Math.floor((shards.get(node)! * 1_000_000) / node.weight)
    }
  }
  const total = network.reduce((sum, { weight }) => sum + weight, 0)
  return Math.max(
    ...[...shards].map(([{ weight }, count]) => (count * total) / (weight * stripes * geometry.shardCount)),
  )
}

test('even nodes get even loads: the fullest at most 1.15 times its share', () => {
  expect(fullest(evenNetwork(200), 800)).toBeLessThan(1.15)
  expect(fullest(evenNetwork(200, 40), 800)).toBeLessThan(1.15)
  expect(fullest(evenNetwork(200, 12), 400, grid(new Array(2).fill({ data: 5, parity: 1 })))).toBeLessThan(1.15)
})

test('nodes of one to eight times the weight get loads to match: the fullest at most 1.3 times its share', () => {
  const uneven = (domains: number) =>
    evenNetwork(200, domains).map((node, i) => ({ ...node, weight: 100 + ((i * 7919) % 701) }))
  expect(fullest(uneven(200), 800)).toBeLessThan(1.3)
  expect(fullest(uneven(40), 800)).toBeLessThan(1.3)
  expect(fullest(uneven(12), 400, grid(new Array(2).fill({ data: 5, parity: 1 })))).toBeLessThan(1.3)
})

test('least-loaded: the busiest half gets a quarter', () => {
  const network = evenNetwork(100).map((node, i) => ({ ...node, load: i }))
  const candidates = createPool(network)
  let busy = 0
  for (let i = 0; i < 4_000; i++) {
    const policy = { strategy: 'least-loaded' } as const
    const [node] = place({ candidates, key: numberedKey(i), geometry: reedSolomon(1, 0), policy }).nodes.values()
    if (node!.load >= 50) busy++
  }
  expect(busy / 4_000).toBeGreaterThan(0.2)
  expect(busy / 4_000).toBeLessThan(0.3)
})

test('nearest: nodes nearby are chosen before all others, as far as the rules allow', () => {
  const path = (roundTripUs: number) => ({ roundTripUs, congestionPermille: 0, isSecure: true })
  const network = evenNetwork(40).map((node, i) => ({ ...node, path: path(i < 8 ? 500 : 80_000) }))
  const policy = { strategy: 'nearest' } as const
  const { nodes } = place({ candidates: createPool(network), key: numberedKey(1), geometry: reedSolomon(4, 2), policy })
  for (const { path } of nodes.values()) expect(path.roundTripUs).toBe(500)
  const crowded = network.map((node, i) => ({ ...node, domain: i < 8 ? 'here' : node.domain }))
  const spread = place({ candidates: createPool(crowded), key: numberedKey(1), geometry: reedSolomon(4, 2), policy })
  expect([...spread.nodes.values()].filter(({ domain }) => domain === 'here')).toHaveLength(1)
  expect(spread.explanation.excess).toBe(0)
})

test('spread: a grid goes to as many domains as there are, as evenly as can be', () => {
  const sizes = [9, 9, 9, 9, 1, 1, 1, 1, 1, 1]
  const request = {
    candidates: createPool(networkOf(sizes)),
    geometry: grid(new Array(2).fill({ data: 3, parity: 1 })),
  }
  for (let i = 0; i < 50; i++) {
    const { nodes } = place({ ...request, key: numberedKey(i), policy: { strategy: 'spread' } })
    const domains = [...nodes.values()].map(({ domain }) => domain)
    expect(new Set(domains).size).toBe(10)
    for (const domain of domains) expect(domains.filter((other) => other === domain).length).toBeLessThanOrEqual(3)
  }
})

test('a congested path weighs a candidate down, and out when it is full; an insecure one is not used', () => {
  const congested = (permille: number): Policy<Candidate> & { permille: number } => ({ permille })
  const share = ({ permille, ...policy }: ReturnType<typeof congested>) => {
    const path = { roundTripUs: 0, congestionPermille: permille, isSecure: true }
    const network = evenNetwork(10).map((node, i) => ({ ...node, ...(i === 0 && { path }) }))
    const candidates = createPool(network)
    const firsts = Array.from(
      { length: 5_000 },
      (_, i) => idsOf(place({ candidates, key: numberedKey(i), geometry: reedSolomon(1, 0), policy }).nodes)[0],
    )
    return firsts.filter((peerId) => peerId === 'node-0').length / 5_000
  }
  expect(share(congested(0))).toBeCloseTo(1 / 10, 1)
  expect(share(congested(500))).toBeCloseTo(1 / 19, 1)
  expect(share(congested(950))).toBe(0)
  expect(share({ ...congested(950), maxCongestionPermille: 1000 })).toBeGreaterThan(0)
  const path = { roundTripUs: 0, congestionPermille: 0, isSecure: false }
  const candidates = createPool(evenNetwork(4).map((node) => ({ ...node, path })))
  const request = { candidates, key: numberedKey(1), geometry: reedSolomon(2, 1) }
  expect(place(request)).toMatchObject({ explanation: { insecure: 4, missing: 3 } })
  expect(place({ ...request, policy: { allowInsecure: true } }).nodes.size).toBe(3)
})

test('more members of a group than one go to a domain only where the policy allows it', () => {
  const candidates = createPool(evenNetwork(60, 20))
  const fullestDomain = (maxPerDomain: number) => {
    let fullest = 0
    for (let i = 0; i < 200; i++) {
      const { nodes } = place({
        candidates,
        key: numberedKey(i),
        geometry: reedSolomon(6, 3),
        policy: { maxPerDomain },
      })
      const domains = [...nodes.values()].map(({ domain }) => domain)
      fullest = Math.max(fullest, ...domains.map((domain) => domains.filter((other) => other === domain).length))
    }
    return fullest
  }
  expect([1, 2, 9].map(fullestDomain)).toEqual([1, 2, 3])
})

test('local groups have a domain for each member, and global parities keep out of each other’s way', () => {
  const { nodes, explanation } = place({
    candidates: createPool(evenNetwork(40, 8)),
    key: numberedKey(3),
    geometry: local(12, 2, 2),
  })
  expect(explanation).toMatchObject({ missing: 0, excess: 0 })
  const domainsOf = (shards: readonly number[]) => new Set(shards.map((shard) => nodes.get(shard)!.domain)).size
  expect([domainsOf([0, 1, 2, 3, 4, 5, 12]), domainsOf([6, 7, 8, 9, 10, 11, 13]), domainsOf([14, 15])]).toEqual([
    7, 7, 2,
  ])
})

test('lost shards go to domains that the stripe does not use', () => {
  const network = evenNetwork(12, 6)
  const placed = new Map(network.slice(0, 4).map((node, shard) => [shard, node]))
  const { nodes } = place({
    candidates: createPool(network),
    key: Uint8Array.of(9),
    geometry: reedSolomon(4, 2),
    placed,
  })
  expect([...nodes.keys()]).toEqual([4, 5])
  expect([...nodes.values()].map(({ domain }) => domain).sort()).toEqual(['rack-4', 'rack-5'])
})

test('shards that stay count against the rules, also in domains that no candidate is in', () => {
  const gone = { domain: 'rack-gone' }
  const placed = new Map([0, 1].map((shard) => [shard, { ...gone, peerId: `gone-${shard}` }]))
  const { nodes, explanation } = place({
    candidates: createPool(evenNetwork(4)),
    key: Uint8Array.of(1),
    geometry: reedSolomon(3, 1),
    placed,
  })
  expect(nodes.size).toBe(2)
  expect(explanation).toMatchObject({ missing: 0, excess: 1 })
})

test('a number out of its range is the caller’s mistake', () => {
  const candidates = createPool(evenNetwork(3))
  const request = { candidates, key: Uint8Array.of(1), geometry: reedSolomon(1, 1) }
  const wrong = [
    { seed: -1 },
    { seed: 2 ** 32 },
    { policy: { maxPerDomain: 0 } },
    { policy: { maxPerDomain: 1.5 } },
    { policy: { maxCongestionPermille: 1001 } },
    { placed: new Map([[2, candidates.candidates[0]!]]) },
  ]
  for (const change of wrong) expect(() => place({ ...request, ...change })).toThrow(RangeError)
  const [node] = evenNetwork(1)
  expect(() => createPool([node!, node!])).toThrow(RangeError)
  for (const weight of [-1, 0.5, Number.NaN, 2 ** 53]) {
    expect(() => createPool([{ ...node!, weight }])).toThrow(RangeError)
    expect(() => createPool([{ ...node!, load: weight }])).toThrow(RangeError)
  }
  const path = { roundTripUs: 0, congestionPermille: 1001, isSecure: true }
  expect(() => createPool([{ ...node!, path }])).toThrow(RangeError)
})

test('a pool with changes is the pool of what has changed', () => {
  fc.assert(
    fc.property(networks, networks, (before, changes) => {
      const after = new Map([...before, ...changes].map((candidate) => [candidate.peerId, candidate]))
      expect(changePool(createPool(before), changes)).toEqual(createPool(after.values()))
    }),
  )
  const pool = createPool(evenNetwork(3))
  const [first] = pool.candidates
  expect(changePool(pool, [{ ...first!, load: 7 }]).hashes).toBe(pool.hashes)
  expect(() => changePool(pool, [{ ...first!, load: -1 }])).toThrow(RangeError)
})
