import type { Candidate, CandidatePool } from '../candidate.ts'
import { Seating } from '../seating.ts'
import type { StoredStripe } from './stored-stripe.ts'

/** Loads are compared as millionths of a node's weight. */
const LOAD_UNITS = 1_000_000

/** A candidate whose load is written down as the planner plans. */
export type Loaded<C extends Candidate> = C & { load: number }

type Node = Loaded<Candidate>

/** Which node holds what, as far as it stays there, and how full that makes each. */
export class Holdings {
  readonly #pool: Pick<CandidatePool<Node>, 'domains'>
  readonly #stripes: readonly StoredStripe[]
  readonly #nodes: ReadonlyMap<string, Node>
  /** By stripe, then by shard. */
  readonly #placed: Map<number, Node>[]
  readonly #bytes = new Map<string, number>()
  /** By peer id: stripe · 1,024 + shard. */
  readonly #held = new Map<string, Set<number>>()

  /** @param heldBytes all that a node holds, these stripes included */
  constructor(
    pool: CandidatePool<Node>,
    stripes: readonly StoredStripe[],
    leaving: ReadonlySet<string>,
    heldBytes: ((peerId: string) => number) | undefined,
  ) {
    this.#pool = pool
    this.#stripes = stripes
    this.#nodes = new Map(pool.candidates.map((node) => [node.peerId, node]))
    this.#placed = stripes.map(() => new Map())
    stripes.forEach(({ holders }, stripe) => {
      for (const [shard, peerId] of holders) {
        if (this.isKnown(peerId) && !leaving.has(peerId)) this.put(stripe, shard, peerId)
      }
    })
    if (heldBytes !== undefined) for (const node of pool.candidates) this.#setBytes(node, heldBytes(node.peerId))
  }

  isKnown(peerId: string): boolean {
    return this.#nodes.has(peerId)
  }

  nodeOf(peerId: string): Node | undefined {
    return this.#nodes.get(peerId)
  }

  bytesOf(peerId: string): number {
    return this.#bytes.get(peerId) ?? 0
  }

  /** The shards that a node holds, oldest first. */
  *heldBy(peerId: string): Generator<{ readonly stripe: number; readonly shard: number }> {
    for (const id of this.#held.get(peerId) ?? []) yield { stripe: Math.floor(id / 1024), shard: id % 1024 }
  }

  placedOf(stripe: number): ReadonlyMap<number, Candidate> {
    return this.#placed[stripe]!
  }

  seatingOf(stripe: number, maxPerDomain: number): Seating {
    const seating = new Seating(this.#stripes[stripe]!.geometry, this.#pool.domains.size, maxPerDomain)
    for (const [shard, { domain }] of this.#placed[stripe]!) seating.seat(shard, this.#pool.domains.get(domain)!)
    return seating
  }

  /** Puts a shard on a node, away from where it is. */
  put(stripe: number, shard: number, peerId: string): void {
    const before = this.#placed[stripe]!.get(shard)
    if (before !== undefined) this.#note(before, stripe, shard, -1)
    const node = this.#nodes.get(peerId)!
    this.#placed[stripe]!.set(shard, node)
    this.#note(node, stripe, shard, 1)
  }

  #note(node: Node, stripe: number, shard: number, sign: 1 | -1): void {
    const { peerId } = node
    this.#setBytes(node, this.bytesOf(peerId) + sign * this.#stripes[stripe]!.shardBytes)
    const held = this.#held.get(peerId) ?? new Set()
    this.#held.set(peerId, held)
    if (sign === 1) held.add(stripe * 1024 + shard)
    else held.delete(stripe * 1024 + shard)
  }

  #setBytes(node: Node, bytes: number): void {
    const { peerId, weight } = node
    this.#bytes.set(peerId, bytes)
    node.load = weight === 0 ? 0 : Math.max(0, Math.floor((bytes / weight) * LOAD_UNITS))
  }
}
