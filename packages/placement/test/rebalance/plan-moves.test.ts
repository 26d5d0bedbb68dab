import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Candidate, createPool } from '../../src/candidate.ts'
import type { StripeGeometry } from '../../src/geometry.ts'
import { place } from '../../src/place.ts'
import { giftsOf } from '../../src/rebalance/gift.ts'
import { type MovePlan, planMoves } from '../../src/rebalance/plan-moves.ts'
import type { StoredStripe } from '../../src/rebalance/stored-stripe.ts'
import { evenNetwork, geometries, networkOf, numberedKey } from '../arbitrary.ts'
import { grid, reedSolomon } from '../geometries.ts'

const shardBytes = 1000

function store(network: readonly Candidate[], geometry: StripeGeometry, count: number): StoredStripe[] {
  const nodes = network.map((node) => ({ ...node, load: 0 }))
  const candidates = createPool(nodes)
  return Array.from({ length: count }, (_, number) => {
    const key = numberedKey(number)
    const placement = place({ candidates, key, geometry, policy: { strategy: 'least-loaded' } })
    for (const node of placement.nodes.values()) node.load += Math.ceil(1_000_000 / node.weight)
    return {
      key,
      geometry,
      shardBytes,
      holders: new Map([...placement.nodes].map(([shard, { peerId }]) => [shard, peerId])),
    }
  })
}

function carriedOut(stripes: readonly StoredStripe[], { moves }: MovePlan): StoredStripe[] {
  const holders = stripes.map((stripe) => new Map(stripe.holders))
  for (const { stripe, shard, from, to } of moves) {
    if (from !== undefined) expect(holders[stripe]!.get(shard)).toBe(from)
    holders[stripe]!.set(shard, to)
  }
  return stripes.map((stripe, number) => ({ ...stripe, holders: holders[number]! }))
}

function loadOf(stripes: readonly StoredStripe[]): Map<string, number> {
  const load = new Map<string, number>()
  for (const { holders } of stripes)
    for (const peerId of holders.values()) load.set(peerId, (load.get(peerId) ?? 0) + 1)
  return load
}

/** Group members beyond one in a domain. */
function crowding(stripes: readonly StoredStripe[], network: readonly Candidate[]): number {
  const domainOf = new Map(network.map(({ peerId, domain }) => [peerId, domain]))
  let crowded = 0
  for (const { geometry, holders } of stripes) {
    expect(new Set(holders.values()).size).toBe(geometry.shardCount)
    for (const { members } of geometry.groups) {
      crowded += members.length - new Set(members.map((shard) => domainOf.get(holders.get(shard)!))).size
    }
  }
  return crowded
}

const shapes: [string, StripeGeometry, number][] = [
  ['rs:10+4', reedSolomon(10, 4), 40],
  ['grid:3+1,3+1', grid(new Array(2).fill({ data: 3, parity: 1 })), 8],
]

test.each(shapes)('%s: a node that left costs the shards it held', (_, geometry, domains) => {
  const network = evenNetwork(80, domains)
  const stripes = store(network, geometry, 300)
  for (const gone of ['node-3', 'node-44']) {
    const left = network.filter(({ peerId }) => peerId !== gone)
    const plan = planMoves({ candidates: createPool(left), stripes })
    const optimum = loadOf(stripes).get(gone)!
    expect(plan.moves.length / optimum).toBeLessThanOrEqual(1.05)
    expect(plan.unplaced).toEqual([])
    expect(plan.moves.filter(({ from }) => from === undefined)).toHaveLength(optimum)
    expect(crowding(carriedOut(stripes, plan), left)).toBe(0)
  }
})

test.each(shapes)('%s: a node that joined costs its share', (_, geometry, domains) => {
  const network = evenNetwork(80, domains)
  const stripes = store(network, geometry, 300)
  const joined = { peerId: 'new', weight: 100, domain: 'rack-new', available: true }
  const grown = [...network, joined]
  const plan = planMoves({ candidates: createPool(grown), stripes })
  const share = (300 * geometry.shardCount) / 81
  expect(plan.moves.length / share).toBeLessThanOrEqual(1.05)
  const after = carriedOut(stripes, plan)
  expect(loadOf(after).get('new')! / share).toBeGreaterThan(0.95)
  expect(crowding(after, grown)).toBe(0)
})

test('a node is emptied while it is read; it may be unplugged when everything has a place', () => {
  const network = evenNetwork(7)
  const stripes = store(network, reedSolomon(4, 2), 50)
  const leaving = new Set(['node-2'])
  const request = { candidates: createPool(network), stripes, leaving, slackPermille: Number.POSITIVE_INFINITY }
  const plan = planMoves(request)
  const held = loadOf(stripes).get('node-2')!
  expect(plan).toMatchObject({ unplaced: [], bytes: held * shardBytes, readBytes: held * shardBytes })
  for (const move of plan.moves) expect(move).toMatchObject({ from: 'node-2', reason: 'leaving' })
  expect(loadOf(carriedOut(stripes, plan)).has('node-2')).toBe(false)
  const two = planMoves({ ...request, leaving: new Set(['node-2', 'node-5']) })
  expect(two.unplaced.length).toBeGreaterThan(0)
})

test('crowded groups move apart when there is room, one shard for each that is too many', () => {
  const crowded = evenNetwork(12, 4)
  const stripes = store(crowded, reedSolomon(4, 2), 40)
  expect(crowding(stripes, crowded)).toBe(2 * 40)
  const roomy = [...crowded, ...evenNetwork(24, 8).map((node) => ({ ...node, peerId: `more-${node.peerId}` }))]
  const plan = planMoves({ candidates: createPool(roomy), stripes, slackPermille: Number.POSITIVE_INFINITY })
  expect(plan.moves).toHaveLength(2 * 40)
  for (const { reason } of plan.moves) expect(reason).toBe('rule')
  expect(crowding(carriedOut(stripes, plan), roomy)).toBe(0)
})

test('full nodes give to empty ones until all are near their share', () => {
  const network = evenNetwork(20).map((node, i) => ({ ...node, weight: i < 10 ? 100 : 300 }))
  const stripes = store(
    network.map((node) => ({ ...node, weight: 100 })),
    reedSolomon(4, 2),
    400,
  )
  const plan = planMoves({ candidates: createPool(network), stripes })
  const load = loadOf(carriedOut(stripes, plan))
  for (const { peerId, weight } of network) {
    const share = (2400 * weight) / (10 * 400)
    expect(Math.abs(load.get(peerId)! - share)).toBeLessThanOrEqual(0.1 * share + 1)
  }
  const surplus = [...loadOf(stripes).values()].reduce((sum, held) => sum + Math.max(0, held - 60), 0)
  expect(plan.moves.length).toBeLessThanOrEqual(1.05 * surplus)
  expect(planMoves({ candidates: createPool(network), stripes: carriedOut(stripes, plan) }).moves).toEqual([])
})

test('estimates: bytes written and read, and the time of the busiest node', () => {
  const network = evenNetwork(8)
  const stripes = store(network, reedSolomon(4, 2), 1)
  const gone = stripes[0]!.holders.get(0)!
  const candidates = createPool(network.filter(({ peerId }) => peerId !== gone))
  const slackPermille = Number.POSITIVE_INFINITY
  const plan = planMoves({ candidates, stripes, slackPermille, bytesPerSecond: 1000 })
  // One shard written by one node, four read over all seven.
  expect(plan).toMatchObject({ bytes: 1000, readBytes: 4000, durationMs: Math.ceil(1000 + 4000 / 7) })
  for (const wrong of [{ slackPermille: -1 }, { bytesPerSecond: 0 }]) {
    expect(() => planMoves({ candidates, stripes, ...wrong })).toThrow(RangeError)
  }
})

test('no plan makes a stripe worse, and no shard moves twice', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 4, maxLength: 8 })
  fc.assert(
    fc.property(geometries, sizes, fc.array(fc.nat(9), { minLength: 8, maxLength: 8 }), (geometry, sizes, changes) => {
      const network = networkOf(sizes)
      if (network.length <= geometry.shardCount) return
      const stripes = store(network, geometry, 4)
      const now = network.map((node, i) => ({ ...node, available: changes[i % 8] !== 0 }))
      const leaving = new Set(network.filter((_, i) => changes[i % 8] === 1).map(({ peerId }) => peerId))
      const plan = planMoves({ candidates: createPool(now), stripes, leaving })
      const after = carriedOut(stripes, plan)
      expect(new Set(plan.moves.map(({ stripe, shard }) => stripe * 1024 + shard)).size).toBe(plan.moves.length)
      for (const { holders } of after) expect(new Set(holders.values()).size).toBe(holders.size)
      if (plan.moves.every(({ reason }) => reason === 'balance' || reason === 'rule')) {
        expect(crowding(after, network)).toBeLessThanOrEqual(crowding(stripes, network))
      }
      const movable = new Set(now.filter(({ available }) => available).map(({ peerId }) => peerId))
      for (const { to } of plan.moves) expect(movable.has(to) && !leaving.has(to)).toBe(true)
    }),
    { numRuns: 100 },
  )
})

test('nodes that plan alone, each for what it holds, come to one plan that fits together', () => {
  const network = evenNetwork(24).map((node, i) => ({ ...node, weight: i < 12 ? 100 : 200 }))
  const stripes = store(
    network.slice(0, 20).map((node) => ({ ...node, weight: 100 })),
    reedSolomon(4, 2),
    600,
  )
  const held = loadOf(stripes)
  const heldBytes = (peerId: string) => (held.get(peerId) ?? 0) * shardBytes
  const accounts = network.map(({ peerId, weight }) => ({ peerId, weight, heldBytes: heldBytes(peerId) }))
  const candidates = createPool(network)
  const moves = network.flatMap(({ peerId }) => {
    const own = stripes.filter(({ holders }) => [...holders.values()].includes(peerId))
    const gift = giftsOf(accounts, 100).get(peerId)
    // Half of what it holds, then the other half, of one gift.
    return [own.slice(0, 40), own.slice(40)].flatMap((part) => {
      const plan = planMoves({ candidates, stripes: part, heldBytes, giver: { peerId, gift } })
      for (const { from, reason } of plan.moves) expect([from, reason]).toEqual([peerId, 'balance'])
      return plan.moves.map((move) => ({ ...move, stripe: stripes.indexOf(part[move.stripe]!) }))
    })
  })
  const after = stripes.map(({ holders }) => new Map(holders))
  for (const { stripe, shard, to } of moves) after[stripe]!.set(shard, to)
  const load = loadOf(stripes.map((stripe, number) => ({ ...stripe, holders: after[number]! })))
  for (const { peerId, weight } of network) {
    const share = (3600 * weight) / 3600
    expect(Math.abs(load.get(peerId)! - share), peerId).toBeLessThanOrEqual(0.1 * share)
  }
  const surplus = [...held].reduce((sum, [peerId, count]) => {
    const { weight } = network.find((node) => node.peerId === peerId)!
    return sum + Math.max(0, count - weight)
  }, 0)
  expect(moves.length).toBeLessThanOrEqual(1.05 * surplus)
})

test('gifts are what the givers have too much, never more than what is lacking', () => {
  const account = fc.record({
    weight: fc.integer({ min: 1, max: 1000 }),
    heldBytes: fc.integer({ min: 0, max: 100_000 }),
  })
  fc.assert(
    fc.property(fc.array(account, { minLength: 1, maxLength: 40 }), fc.nat(500), (some, slack) => {
      const accounts = some.map((one, number) => ({ peerId: `node-${number}`, ...one }))
      const weight = accounts.reduce((sum, one) => sum + one.weight, 0)
      const bytes = accounts.reduce((sum, one) => sum + one.heldBytes, 0)
      const surplusOf = (peerId: string) => {
        const one = accounts.find((each) => each.peerId === peerId)!
        return one.heldBytes - (bytes * one.weight) / weight
      }
      const isOff = ({ peerId, weight: own }: (typeof accounts)[number]) =>
        Math.abs(surplusOf(peerId)) * 1000 > ((bytes * own) / weight) * slack
      const gifts = giftsOf(accounts, slack)
      for (const [peerId, gift] of gifts) expect(gift.leftBytes).toBeLessThanOrEqual(surplusOf(peerId) + 1e-3)
      const given = [...gifts.values()].reduce((sum, { leftBytes }) => sum + leftBytes, 0)
      const off = accounts.filter(isOff).map(({ peerId }) => surplusOf(peerId))
      const due = (sign: number) => off.reduce((sum, surplus) => sum + Math.max(0, sign * surplus), 0)
      expect(given).toBeGreaterThanOrEqual(Math.max(due(1), due(-1)) - 1)
      if (off.length === 0) expect(given).toBe(0)
      // To the byte, when shards are as small as that.
      let shards = 0
      for (const gift of gifts.values()) while (gift.isDue(1) && shards++ < 4e6) gift.gave(gift.taker(shards) ?? '', 1)
      expect(Math.abs(shards - given)).toBeLessThanOrEqual(1 + 1e-3)
    }),
    { numRuns: 50 },
  )
})
