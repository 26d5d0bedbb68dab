/**
 * Ways to choose nodes for a stripe. All keep the same rule as long as they can, one member of a parity group in a domain, and no
 * node takes two shards; a shard for which a simple way finds no node goes to the next best node that breaks the rule.
 */
import { type CandidatePool, place, type Strategy, type StripeGeometry } from '@p2pstore/placement'
import type { BenchNode } from './networks.ts'

export interface Stripe {
  readonly pool: CandidatePool<BenchNode>
  readonly geometry: StripeGeometry
  readonly key: Uint8Array
}

/** @returns a node for each shard, by number */
export type Contestant = (stripe: Stripe) => BenchNode[]

export function placed(strategy: Strategy): Contestant {
  return ({ pool, geometry, key }) => {
    const { nodes } = place({ candidates: pool, geometry, key, policy: { strategy } })
    return Array.from({ length: geometry.shardCount }, (_, shard) => nodes.get(shard) as BenchNode)
  }
}

/** Weighted rendezvous hashing, shard by shard: the highest of all nodes that the rule allows. */
export const rendezvousGreedy: Contestant = (stripe) => {
  const { pool, key } = stripe
  const keyHash = key.reduce((hash, byte) => mix(hash ^ byte), 0)
  return greedily(stripe, (shard, isAllowed) => {
    let best: BenchNode | undefined
    let least = Number.POSITIVE_INFINITY
    for (const [number, node] of pool.candidates.entries()) {
      const hash = mix(mix((pool.hashes[number] as { low: number }).low ^ keyHash) ^ shard) >>> 0
      const cost = -Math.log((hash + 1) / 2 ** 32) / node.weight
      if (cost >= least || !isAllowed(node)) continue
      best = node
      least = cost
    }
    return best
  })
}

/** Nodes in one order that begins somewhere else for each stripe: the first that the rule allows. */
export const firstFit: Contestant = (stripe) => {
  const { candidates } = stripe.pool
  const start = stripe.key.reduce((hash, byte) => mix(hash ^ byte), 0) >>> 0
  return greedily(stripe, (_, isAllowed) => {
    for (let step = 0; step < candidates.length; step += 1) {
      const node = candidates[(start + step) % candidates.length] as BenchNode
      if (isAllowed(node)) return node
    }
    return undefined
  })
}

type Pick = (shard: number, isAllowed: (node: BenchNode) => boolean) => BenchNode | undefined

function greedily({ geometry }: Stripe, pick: Pick): BenchNode[] {
  const used = new Set<BenchNode>()
  const domainsOf = geometry.groups.map(() => new Set<string>())
  return Array.from({ length: geometry.shardCount }, (_, shard) => {
    const groups = geometry.groupsOf[shard] as readonly number[]
    const isFree = (node: BenchNode) => !used.has(node)
    const isAllowed = (node: BenchNode) =>
      isFree(node) && groups.every((group) => !(domainsOf[group] as Set<string>).has(node.domain))
    const node = (pick(shard, isAllowed) ?? pick(shard, isFree)) as BenchNode
    used.add(node)
    for (const group of groups) (domainsOf[group] as Set<string>).add(node.domain)
    return node
  })
}

/** The finalizer of MurmurHash3. */
function mix(word: number): number {
  let mixed = word ^ (word >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
