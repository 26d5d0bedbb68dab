import type { StripeGeometry } from '../geometry.ts'
import type { Move } from './planned.ts'
import type { StoredStripe } from './stored-stripe.ts'

export interface Estimate {
  /** Written, all nodes together. */
  readonly bytes: number
  /** Read: a shard that moves once, one that is rebuilt as often as the smallest of its groups needs. */
  readonly readBytes: number
  /** The time the busiest node needs, when all work at once; what is read to rebuild is taken to be spread evenly. */
  readonly durationMs: number
}

export function estimate(
  moves: readonly Move[],
  stripes: readonly StoredStripe[],
  nodeCount: number,
  bytesPerSecond: number,
): Estimate {
  const busy = new Map<string, number>()
  const note = (peerId: string, bytes: number) => busy.set(peerId, (busy.get(peerId) ?? 0) + bytes)
  let bytes = 0
  let rebuildBytes = 0
  let movedBytes = 0
  for (const { stripe, shard, from, to } of moves) {
    const { geometry, shardBytes } = stripes[stripe]!
    bytes += shardBytes
    note(to, shardBytes)
    if (from === undefined) {
      rebuildBytes += shardBytes * readsToRebuild(geometry, shard)
    } else {
      movedBytes += shardBytes
      note(from, shardBytes)
    }
  }
  const busiestBytes = Math.max(0, ...busy.values()) + rebuildBytes / Math.max(1, nodeCount)
  const durationMs = Math.ceil((busiestBytes / bytesPerSecond) * 1000)
  return { bytes, readBytes: movedBytes + rebuildBytes, durationMs }
}

function readsToRebuild({ groups, groupsOf }: StripeGeometry, shard: number): number {
  const reads = groupsOf[shard]!.map((group) => groups[group]!.members.length - groups[group]!.losses)
  return reads.length === 0 ? 0 : Math.min(...reads)
}
