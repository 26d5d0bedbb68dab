import type { Availability } from '@p2pstore/state'
import type { Peer } from '../peer.ts'
import type { Source } from './download.ts'

/** A parity shard costs a decode as well: it is as good as a data shard on a node three times as slow. */
const parityFactor = 3
const parityCostMs = 5
const unavailableCostMs: Record<Availability, number> = { up: 0, suspect: 1e6, down: 1e9 }

/** Sources in the order in which they should be asked: nodes that are up and quick first, data before parity. */
export function orderSources(
  sources: readonly Source[],
  dataShards: number,
  peer: Pick<Peer, 'network' | 'pace'>,
): Source[] {
  const availability = new Map(peer.network.storageMembers().map((member) => [member.peerId, member.availability]))
  const costMs = ({ index, peerId }: Source): number => {
    const readMs = peer.pace.expectedMs(peerId)
    const shardMs = index < dataShards ? readMs : readMs * parityFactor + parityCostMs
    return shardMs + unavailableCostMs[availability.get(peerId) ?? 'down']
  }
  return sources
    .map((source) => ({ source, costMs: costMs(source) }))
    .sort((a, b) => a.costMs - b.costMs || a.source.index - b.source.index)
    .map(({ source }) => source)
}
