import { type GroupSummary, summaryOf } from '@p2pstore/state'
import type { LocalView, PeerReport } from './local-view.ts'
import type { Peer } from './peer.ts'
import type { StorageMember } from './storage-member.ts'

export interface MemberStatus extends Omit<StorageMember, 'available' | 'weight' | 'path'> {
  /** Since the last news of it. */
  readonly silentMs: number
  /** Why it is not simply up, the gravest first. */
  readonly reasons: readonly string[]
}

/** A group, as it is known here: this peer's own by its members, others by what those they have elected say. */
export interface GroupStatus extends GroupSummary {
  readonly group: string
}

export interface NetworkStatus {
  readonly peerId: string
  /** Hexadecimal. */
  readonly networkId: string
  /** Where this peer can be dialled. */
  readonly addresses: readonly string[]
  /** Storage nodes, in the order of peer ids. */
  readonly members: readonly MemberStatus[]
  /** In the order of their names. */
  readonly groups: readonly GroupStatus[]
  /** Of the nodes that are up. */
  readonly totalBytes: number
  readonly freeBytes: number
}

export function statusOf(peer: Peer, view: LocalView, addresses: readonly string[]): NetworkStatus {
  const peers = new Map(view.snapshot().map((report) => [report.peerId, report]))
  const members = peer.network.storageMembers().map((member): MemberStatus => {
    const { available: _available, weight: _weight, path: _path, ...told } = member
    const { silentMs = 0, reasons = [] } = peers.get(member.peerId) ?? {}
    return { ...told, silentMs, reasons }
  })
  const up = members.filter(({ availability }) => availability === 'up')
  return {
    peerId: peer.network.selfId,
    networkId: Buffer.from(peer.networkId).toString('hex'),
    addresses,
    members,
    groups: groupsOf([...peers.values()]),
    totalBytes: up.reduce((sum, { totalBytes }) => sum + totalBytes, 0),
    freeBytes: up.reduce((sum, { freeBytes }) => sum + freeBytes, 0),
  }
}

/** The latest word on each group by one whom it has elected; where nobody speaks for it, those of it that are known. */
function groupsOf(peers: readonly PeerReport[]): GroupStatus[] {
  const names = [...new Set(peers.map(({ record }) => record.group))].sort()
  return names.map((group) => {
    const own = peers.filter(({ record }) => record.group === group)
    const spoken = own
      .filter(({ record, availability }) => availability === 'up' && record.summary !== undefined)
      .sort((a, b) => b.record.timestampMs - a.record.timestampMs)[0]?.record.summary
    return { group, ...(spoken ?? summaryOf(group, own)) }
  })
}
