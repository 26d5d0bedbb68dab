/**
 * Brings one shard to its node. Mostly that is a request to the node; but a writer may have no way there, or a bad one,
 * where others have a good one: the connection to one node is cut, or loses much, or only the nodes see each other.
 * Then it hands the shard to a node that has just acknowledged a sibling, another shard of the stripe. That one passes
 * it on, and answers with what the other has acknowledged. A way that was good until now is tried first, and one that
 * has been bad lately last: to find out that nobody answers takes seconds.
 */
import { Uint8ArrayList } from 'uint8arraylist'
import { CodedError } from '../coded-error.ts'
import { shardForward, shardPut } from '../messages/shard-messages.ts'
import type { Network } from '../network.ts'
import type { StoredShard } from '../object/location-page.ts'
import type { ShardLocation } from '../ports/shard-store.ts'
import type { Durability } from './acknowledgement.ts'
import type { Siblings } from './siblings.ts'

export interface OutgoingShard {
  readonly id: Uint8Array
  readonly runId: Uint8Array
  /** Its number in the stripe. */
  readonly index: number
  readonly bytes: Uint8Array
  /** CRC-32 of them. */
  readonly checksum: number
  readonly deleteAfterMs: number
  readonly durability: Durability
  /** Refused by nodes that hold another shard of the stripe. */
  readonly isAlone: boolean
}

export interface SentShard {
  readonly stored: StoredShard
  /** The node of a sibling that has passed it on, if one has. */
  readonly passedOnBy?: string
}

export type ShardNetwork = Pick<Network, 'call' | 'selfId' | 'isPoorWay'>

const timeoutMs = 20_000
/** What is wrong with a way, or with who was to pass the shard on. Any other answer is that of the node itself. */
const failuresOfWays: ReadonlySet<string> = new Set([
  ...['PEER_UNREACHABLE', 'TIMEOUT', 'OVERLOADED'],
  ...['FORWARD_REFUSED', 'METHOD_UNKNOWN'],
])

/**
 * Has a node store a shard.
 * @throws RpcError, RemoteError, MessageError; Error when other bytes are acknowledged than were sent
 */
export async function sendShard(
  shard: OutgoingShard,
  peerId: string,
  siblings: Siblings,
  network: ShardNetwork,
  signal: AbortSignal,
): Promise<SentShard> {
  const straight = () => putShard(shard, peerId, network, signal)
  const aside = async (): Promise<SentShard | undefined> => {
    const sibling = await siblings.find(shard.index)
    if (sibling === undefined || signal.aborted) return undefined
    return forwardShard(shard, peerId, sibling, network, signal)
  }
  const ways = network.isPoorWay(peerId) ? [aside, straight] : [straight, aside]
  let failure: unknown
  for (const way of ways) {
    try {
      const sent = await way()
      if (sent !== undefined) return sent
    } catch (cause) {
      failure = cause
      if (!isOfTheWay(cause) || signal.aborted) break
    }
  }
  throw failure
}

function isOfTheWay(failure: unknown): boolean {
  return failure instanceof CodedError && failuresOfWays.has(failure.code)
}

async function putShard(
  shard: OutgoingShard,
  peerId: string,
  network: ShardNetwork,
  signal: AbortSignal,
): Promise<SentShard> {
  const { head, body } = requestFor(shard)
  const reply = await network.call(peerId, shardPut, head, { body, signal, timeoutMs })
  return { stored: acknowledged(shard, peerId, reply.head, peerId) }
}

async function forwardShard(
  shard: OutgoingShard,
  peerId: string,
  sibling: string,
  network: ShardNetwork,
  signal: AbortSignal,
): Promise<SentShard> {
  const { head, body } = requestFor(shard)
  const reply = await network.call(sibling, shardForward, { ...head, to: peerId }, { body, signal, timeoutMs })
  if (reply.head.holder !== peerId) throw new Error(`${sibling} passed a shard on to another node than it was told`)
  return { stored: acknowledged(shard, peerId, reply.head, sibling), passedOnBy: sibling }
}

function requestFor({ id, runId: run, bytes, checksum, deleteAfterMs, durability, isAlone }: OutgoingShard) {
  const head = { id, run, checksum, deleteAfterMs, durability, ...(isAlone && { alone: true as const }) }
  return { head, body: new Uint8ArrayList(bytes) }
}

/** @param from who has told the location */
function acknowledged(sent: OutgoingShard, peerId: string, location: ShardLocation, from: string): StoredShard {
  const { unit, segment, offsetBytes, lengthBytes, checksum } = location
  if (checksum !== sent.checksum || lengthBytes !== sent.bytes.length) {
    throw new Error(`${from} acknowledged other bytes than it was sent`)
  }
  return { peerId, unit, segment, offsetBytes, checksum }
}
