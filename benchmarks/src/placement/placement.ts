/**
 * Placement of stripes over a thousand nodes, beside two simple ways to do it on the same networks in the same run: weighted
 * rendezvous hashing shard by shard, which is the floor of every row, and first fit.
 *
 * For each network: the median time of a stripe, the share of stripes in which a parity group has two members in one domain
 * though all networks have room for the rule, and how full the fullest node is compared with its share. Then what moves when a
 * node leaves or joins, compared with what has to: the floor there places every stripe anew.
 *
 * Options: `--stripes N` of each kind (4,000); with few, chance makes some nodes fuller than others.
 */
import { parseArgs } from 'node:util'
import { createPool, planMoves, type StoredStripe, type StripeGeometry } from '@p2pstore/placement'
import { type Benchmark, median, type Row, row } from '../benchmark.ts'
import { type Contestant, firstFit, placed, rendezvousGreedy, type Stripe } from './contestants.ts'
import { grid, reedSolomon } from './geometries.ts'
import { type BenchNode, createNetwork } from './networks.ts'

interface Case {
  readonly name: string
  readonly geometry: StripeGeometry
  readonly domains: number
  readonly isUneven: boolean
}

const nodeCount = 1_000
const rs = reedSolomon(10, 4)
const square = grid(6, 6)

const cases: readonly Case[] = [
  { name: 'rs:10+4, 1000 domains', geometry: rs, domains: 1_000, isUneven: false },
  { name: 'rs:10+4, 50 domains, uneven', geometry: rs, domains: 50, isUneven: true },
  { name: 'grid:5+1,5+1, 1000 domains', geometry: square, domains: 1_000, isUneven: false },
  { name: 'grid:5+1,5+1, 50 domains, uneven', geometry: square, domains: 50, isUneven: true },
  { name: 'grid:5+1,5+1, 8 domains', geometry: square, domains: 8, isUneven: false },
  { name: 'grid:5+1,5+1, 6 domains', geometry: square, domains: 6, isUneven: false },
  { name: 'grid:3+1,3+1,3+1, 8 domains', geometry: grid(4, 4, 4), domains: 8, isUneven: false },
]

const contestants: Readonly<Record<string, Contestant>> = {
  spread: placed('spread'),
  'least-loaded': placed('least-loaded'),
  'first fit': firstFit,
}

export const placement: Benchmark = {
  async run(options, report) {
    const { values } = parseArgs({ args: [...options], options: { stripes: { type: 'string' } } })
    const stripes = Number(values.stripes ?? 4_000)
    const rows: Row[] = []
    for (const each of cases) {
      report(`${each.name} …`)
      rows.push(...compare(each, stripes))
    }
    report('movement …')
    return [...rows, ...movement(stripes)]
  },
}

interface Figures {
  readonly microseconds: number
  readonly brokenShare: number
  readonly fullest: number
}

function compare({ name, geometry, domains, isUneven }: Case, stripes: number): Row[] {
  const measureOne = (contestant: Contestant) =>
    measure(contestant, geometry, createNetwork(nodeCount, domains, isUneven), stripes)
  const floor = measureOne(rendezvousGreedy)
  return Object.entries(contestants).flatMap(([way, contestant]) => {
    const { microseconds, brokenShare, fullest } = measureOne(contestant)
    return [
      row(`${name}: ${way}, a stripe`, microseconds, 'µs', floor.microseconds),
      row(`${name}: ${way}, rules broken`, brokenShare * 100, '%', floor.brokenShare * 100),
      row(`${name}: ${way}, fullest / mean`, fullest, '', floor.fullest),
    ]
  })
}

function measure(contestant: Contestant, geometry: StripeGeometry, nodes: BenchNode[], stripes: number): Figures {
  const pool = createPool(nodes)
  const shards = new Map(nodes.map((node) => [node, 0]))
  const times: number[] = []
  let broken = 0
  for (let number = 0; number < stripes; number += 1) {
    const stripe: Stripe = { pool, geometry, key: keyOf(number) }
    const startMs = performance.now()
    const chosen = contestant(stripe)
    times.push((performance.now() - startMs) * 1_000)
    if (!keepsRules(geometry, chosen)) broken += 1
    for (const node of chosen) {
      shards.set(node, (shards.get(node) as number) + 1)
      node.load = Math.floor(((shards.get(node) as number) * 1_000_000) / node.weight)
    }
  }
  const totalWeight = nodes.reduce((sum, { weight }) => sum + weight, 0)
  const perWeight = (stripes * geometry.shardCount) / totalWeight
  const fullest = Math.max(...[...shards].map(([{ weight }, count]) => count / (weight * perWeight)))
  return { microseconds: median(times), brokenShare: broken / stripes, fullest }
}

function keepsRules({ groups }: StripeGeometry, chosen: readonly BenchNode[]): boolean {
  return groups.every(
    ({ members }) => new Set(members.map((shard) => (chosen[shard] as BenchNode).domain)).size === members.length,
  )
}

function movement(stripeCount: number): Row[] {
  const nodes = createNetwork(nodeCount, 50, false)
  const left = nodes.slice(1)
  const newcomer = { ...(nodes[0] as BenchNode), peerId: 'newcomer' }
  const stored = (contestant: Contestant, network: readonly BenchNode[]): StoredStripe[] => {
    const pool = createPool(network.map((node) => ({ ...node })))
    return Array.from({ length: stripeCount }, (_, number) => {
      const key = keyOf(number)
      const chosen = contestant({ pool, geometry: square, key })
      return {
        key,
        geometry: square,
        shardBytes: 1,
        holders: new Map(chosen.map(({ peerId }, shard) => [shard, peerId])),
      }
    })
  }
  const differences = (before: readonly StoredStripe[], after: readonly StoredStripe[]): number =>
    before.reduce((sum, { holders }, number) => {
      const now = (after[number] as StoredStripe).holders
      return sum + [...holders].filter(([shard, peerId]) => now.get(shard) !== peerId).length
    }, 0)
  const share = (stripeCount * square.shardCount) / (nodeCount + 1)
  const heldBy = (stripes: readonly StoredStripe[], peerId: string): number =>
    stripes.reduce((sum, { holders }) => sum + [...holders.values()].filter((holder) => holder === peerId).length, 0)

  const ours = stored(placed('weighted-random'), nodes)
  const theirs = stored(rendezvousGreedy, nodes)
  const gone = (nodes[0] as BenchNode).peerId
  const slackPermille = Number.POSITIVE_INFINITY
  const afterLoss = planMoves({ candidates: createPool(left), stripes: ours, slackPermille })
  const balanced = balance(ours, nodes)
  const afterJoin = planMoves({ candidates: createPool([...nodes, newcomer]), stripes: balanced })
  return [
    row(
      'a node leaves: moved / held by it',
      afterLoss.moves.length / heldBy(ours, gone),
      '',
      differences(theirs, stored(rendezvousGreedy, left)) / heldBy(theirs, gone),
    ),
    row(
      'a node joins: moved / its share',
      afterJoin.moves.length / share,
      '',
      differences(theirs, stored(rendezvousGreedy, [...nodes, newcomer])) / share,
    ),
  ]
}

/** Stripes in balance, so that what moves afterwards moves because of the newcomer. */
function balance(stripes: readonly StoredStripe[], nodes: readonly BenchNode[]): StoredStripe[] {
  const holders = stripes.map((stripe) => new Map(stripe.holders))
  const { moves } = planMoves({ candidates: createPool(nodes), stripes })
  for (const { stripe, shard, to } of moves) (holders[stripe] as Map<number, string>).set(shard, to)
  return stripes.map((stripe, number) => ({ ...stripe, holders: holders[number] as Map<number, string> }))
}

function keyOf(number: number): Uint8Array {
  return Uint8Array.of(number, number >> 8, number >> 16, 1)
}
