/** What a node's own plan follows from: who is there, how much each holds, and what this one has to give. */
import { type Account, type CandidatePool, createPool, type Gift, giftsOf } from '@p2pstore/placement'
import { rebalanceShow } from '../messages/rebalance-messages.ts'
import type { Network } from '../network.ts'
import type { StorageMember } from '../storage-member.ts'
import { inWindow } from '../transfer/window.ts'

export interface Circumstances {
  /** A weight is the room that a node has for shards, taken or free, in mebibytes. */
  readonly candidates: CandidatePool<StorageMember>
  readonly heldBytes: (peerId: string) => number
  /** Nodes that are being emptied, each by itself. */
  readonly leaving: ReadonlySet<string>
  /** Undefined when this node has nothing to give. */
  readonly gift: Gift | undefined
}

interface Room {
  readonly heldBytes: number
  readonly roomBytes: number
}

/** Nodes asked at once, and how long for. */
const asksAtOnce = 16
const timeoutMs = 5_000
const bytesPerWeight = 2 ** 20
/** How far from its share a node may be before anything moves, of a thousand. */
const slackPermille = 100

/** @throws the signal's reason when aborted */
export async function circumstancesOf(
  network: Pick<Network, 'selfId' | 'storageMembers' | 'call'>,
  signal: AbortSignal,
): Promise<Circumstances> {
  const members = network.storageMembers()
  const rooms = await roomsOf(members, network, signal)
  const weighted = members.map((member) => ({ ...member, weight: weightOf(rooms.get(member.peerId)) }))
  const accounts = weighted
    .filter(({ availability, draining, weight }) => availability === 'up' && !draining && weight > 0)
    .map(({ peerId, weight }): Account => ({ peerId, weight, heldBytes: rooms.get(peerId)?.heldBytes ?? 0 }))
  return {
    candidates: createPool(weighted),
    heldBytes: (peerId) => rooms.get(peerId)?.heldBytes ?? 0,
    leaving: new Set(members.filter(({ draining }) => draining).map(({ peerId }) => peerId)),
    gift: giftsOf(accounts, slackPermille).get(network.selfId),
  }
}

function weightOf(room: Room | undefined): number {
  return Math.ceil((room?.roomBytes ?? 0) / bytesPerWeight)
}

/** What nodes say of themselves now; of those that don't answer, what was last heard. */
async function roomsOf(
  members: readonly StorageMember[],
  network: Pick<Network, 'call'>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Room>> {
  const ask = async (member: StorageMember, stop: AbortSignal): Promise<[string, Room]> => {
    const { peerId, availability, heldBytes, freeBytes } = member
    const heard = { heldBytes, roomBytes: heldBytes + freeBytes }
    if (availability !== 'up') return [peerId, heard]
    const options = { signal: AbortSignal.any([signal, stop]), timeoutMs }
    const reply = await network.call(peerId, rebalanceShow, {}, options).catch(() => undefined)
    return [peerId, reply?.head ?? heard]
  }
  const rooms = new Map<string, Room>()
  for await (const [peerId, room] of inWindow(members, asksAtOnce, ask)) rooms.set(peerId, room)
  signal.throwIfAborted()
  return rooms
}
