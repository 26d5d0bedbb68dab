import type { View } from '@p2pstore/state'
import type { StorageMember } from './network.ts'
import type { Peer } from './peer.ts'

export interface MemberStatus extends Omit<StorageMember, 'available' | 'weight' | 'load' | 'path'> {
  /** Since the last news of it. */
  readonly silentMs: number
}

export interface NetworkStatus {
  readonly peerId: string
  /** Hexadecimal. */
  readonly networkId: string
  /** Where this peer can be dialled. */
  readonly addresses: readonly string[]
  /** Storage nodes, in the order of peer ids. */
  readonly members: readonly MemberStatus[]
  /** Of the nodes that are up. */
  readonly totalBytes: number
  readonly freeBytes: number
}

export function statusOf(peer: Peer, view: View, addresses: readonly string[]): NetworkStatus {
  const nowMs = peer.clock.monotonicMs()
  const lastHeardMs = new Map(view.members(nowMs).map((member) => [member.record.peerId, member.lastHeardMs]))
  const silentMs = (peerId: string): number =>
    peerId === peer.network.selfId ? 0 : Math.max(0, Math.round(nowMs - (lastHeardMs.get(peerId) ?? nowMs)))
  const members = peer.network
    .storageMembers()
    .map(({ available: _available, weight: _weight, load: _load, path: _path, ...member }) => ({
      ...member,
      silentMs: silentMs(member.peerId),
    }))
  const up = members.filter(({ availability }) => availability === 'up')
  return {
    peerId: peer.network.selfId,
    networkId: Buffer.from(peer.networkId).toString('hex'),
    addresses,
    members,
    totalBytes: up.reduce((sum, { totalBytes }) => sum + totalBytes, 0),
    freeBytes: up.reduce((sum, { freeBytes }) => sum + freeBytes, 0),
  }
}
