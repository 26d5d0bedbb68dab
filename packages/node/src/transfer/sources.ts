import type { Availability } from '@p2pstore/state'
import type { Peer } from '../peer.ts'
import type { StorageMember } from '../storage-member.ts'
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
  const members = new Map(peer.network.storageMembers().map((member) => [member.peerId, member]))
  const costMs = ({ index, peerId }: Source): number => {
    const member = members.get(peerId)
    const readMs = peer.pace.expectedMs(peerId) ?? toldMs(member)
    const shardMs = index < dataShards ? readMs : readMs * parityFactor + parityCostMs
    return shardMs + unavailableCostMs[member?.availability ?? 'down']
  }
  return sources
    .map((source) => ({ source, costMs: costMs(source) }))
    .sort((a, b) => a.costMs - b.costMs || a.source.index - b.source.index)
    .map(({ source }) => source)
}

/**
 * What the first read from a node may take, by the way to it and by what it says of its reads: half of them, and those that
 * it fails once more somewhere else. Nodes of which nothing is known are tried as if they were good.
 */
function toldMs({ roundTripMs = 0, read, service }: Partial<StorageMember> = {}): number {
  const readMs = (read?.p50Us ?? 0) / 1000
  return (roundTripMs + readMs) * (1 + (service?.errorPerMille ?? 0) / 500)
}
