import type { Candidate } from '@p2pstore/placement'

/** A node whose load is written down as stripes are placed on it. */
export interface BenchNode extends Candidate {
  load: number
}

/** @param isUneven nodes of one to eight times the weight, otherwise all alike */
export function createNetwork(nodeCount: number, domainCount: number, isUneven: boolean): BenchNode[] {
  const next = numbers(nodeCount + domainCount)
  return Array.from({ length: nodeCount }, (_, number) => ({
    peerId: `node-${number}-${next()}`,
    weight: isUneven ? 1_000 + (next() % 7_001) : 1_000,
    domain: `domain-${number % domainCount}`,
    available: true,
    load: 0,
  }))
}

/** xorshift32: the same numbers in every run. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}
