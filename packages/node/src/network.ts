/**
 * The other members as the walks see them: who stores, who can be written to now, and a typed call to any of them, this peer
 * itself included. What calls tell about liveness flows back into the view.
 */
import { type Candidate, type CandidatePool, createPool } from '@p2pstore/placement'
import { type Availability, type LinkRecord, type MemberRecord, shortId, type View } from '@p2pstore/state'
import { Uint8ArrayList } from 'uint8arraylist'
import type * as v from 'valibot'
import type { Roll } from './membership/roll.ts'
import { type Message, parseReply } from './messages/message.ts'
import { isRelayed } from './peer-address.ts'
import type { Clock } from './ports/clock.ts'
import type { CallOptions, Reply, Request, Rpc } from './protocol/rpc.ts'

/** A storage node as the state view knows it. */
export interface StorageMember extends Candidate {
  readonly availability: Availability
  readonly addresses: readonly string[]
  readonly totalBytes: number
  readonly freeBytes: number
  /** Units that have failed, or are about to. */
  readonly failingUnits: number
  /** Being emptied: reads only. */
  readonly draining: boolean
  /** Others can't dial it, and speak with it through a third member. */
  readonly isRelayed: boolean
  /** Can be written to, though one that is suspect only when there is no other. */
  readonly available: boolean
  /** Free mebibytes. */
  readonly weight: number
  /** How much of a thousand is in use, and 1,000 more when it asks to be spared. */
  readonly load: number
}

export interface TypedReply<Head> {
  readonly head: Head
  readonly body: Uint8ArrayList
}

export interface Network {
  readonly selfId: string
  /** In the order of peer ids, those that are down included. */
  storageMembers(): readonly StorageMember[]
  /** Peers of which this one knows an address but has heard nothing yet: what they hold is unknown too. */
  strangers(): readonly string[]
  /** The storage members, made ready for placement. */
  candidates(): CandidatePool<StorageMember>
  /**
   * Sends a request to a member and checks its reply.
   * @throws RpcError, RemoteError, MessageError REPLY_INVALID
   */
  call<Q extends v.GenericSchema, R extends v.GenericSchema>(
    peerId: string,
    message: Message<Q, R>,
    head: v.InferInput<Q>,
    options: CallOptions,
  ): Promise<TypedReply<v.InferOutput<R>>>
}

export interface NetworkParts {
  readonly selfId: string
  readonly rpc: Pick<Rpc, 'call'>
  readonly view: View
  readonly roll: Roll
  readonly clock: Clock
  /** Addresses of peers known without the view, by peer id. */
  readonly bootstrap: ReadonlyMap<string, readonly string[]>
  /** Answers requests of this peer to itself; undefined when it stores nothing. */
  readonly local?: (request: Request) => Promise<Reply>
}

/** How old the list of members may be: availability changes with time alone. */
const snapshotMs = 200

interface Snapshot {
  readonly takenMs: number
  readonly rollVersion: number
  readonly members: readonly StorageMember[]
  readonly pool: CandidatePool<StorageMember>
}

export class MemberNetwork implements Network {
  readonly #parts: NetworkParts
  #snapshot: Snapshot | undefined

  constructor(parts: NetworkParts) {
    this.#parts = parts
    parts.view.subscribe(() => {
      this.#snapshot = undefined
    })
  }

  get selfId(): string {
    return this.#parts.selfId
  }

  storageMembers(): readonly StorageMember[] {
    return this.#current().members
  }

  strangers(): readonly string[] {
    const { bootstrap, view, roll, clock } = this.#parts
    const known = new Set(view.members(clock.monotonicMs()).map(({ record }) => record.peerId))
    const isStranger = (peerId: string): boolean =>
      peerId !== this.selfId && !known.has(peerId) && !roll.isRevoked(peerId)
    return [...bootstrap.keys()].filter(isStranger)
  }

  candidates(): CandidatePool<StorageMember> {
    return this.#current().pool
  }

  async call<Q extends v.GenericSchema, R extends v.GenericSchema>(
    peerId: string,
    message: Message<Q, R>,
    head: v.InferInput<Q>,
    options: CallOptions,
  ): Promise<TypedReply<v.InferOutput<R>>> {
    const { local, selfId } = this.#parts
    const reply =
      peerId === selfId && local
        ? await this.#callSelf(local, message, head, options)
        : await this.#callPeer(peerId, message, head, options)
    return { head: parseReply(message, reply.head), body: reply.body }
  }

  /** Not cut short by the caller's signal: the store must be done with the body before the caller may reuse it. */
  async #callSelf(
    local: (request: Request) => Promise<Reply>,
    message: Message,
    head: unknown,
    options: CallOptions,
  ): Promise<TypedReply<unknown>> {
    const signal = options.signal ?? new AbortController().signal
    signal.throwIfAborted()
    const from = { peerId: this.selfId, role: 'storage' }
    const body = listOf(options.body)
    const reply = await local({ method: message.method, head, body, from, signal })
    return { head: reply.head ?? {}, body: listOf(reply.body) }
  }

  async #callPeer(peerId: string, message: Message, head: unknown, options: CallOptions): Promise<TypedReply<unknown>> {
    const { rpc, view, bootstrap, clock } = this.#parts
    const [member] = this.storageMembers().filter((candidate) => candidate.peerId === peerId)
    const addresses = member?.addresses ?? bootstrap.get(peerId) ?? []
    const reply = await rpc.call({ peerId, addresses }, message.method, head, options)
    view.heard(peerId, clock.monotonicMs())
    return reply
  }

  #current(): Snapshot {
    const { roll, clock } = this.#parts
    const nowMs = clock.monotonicMs()
    const rollVersion = roll.version
    const isFresh = (snapshot: Snapshot): boolean =>
      snapshot.rollVersion === rollVersion && nowMs - snapshot.takenMs <= snapshotMs
    if (this.#snapshot === undefined || !isFresh(this.#snapshot)) {
      const members = storageMembers(this.#parts, nowMs)
      this.#snapshot = { takenMs: nowMs, rollVersion, members, pool: createPool(members) }
    }
    return this.#snapshot
  }
}

/** What a certificate says of role and domain counts more than what a node says of itself. */
function storageMembers({ view, roll, selfId }: NetworkParts, nowMs: number): StorageMember[] {
  const members = view.members(nowMs)
  const links = members.find(({ record }) => record.peerId === selfId)?.record.links ?? []
  const linkTo = new Map(links.map((link) => [link.peer, link]))
  return members
    .filter(({ record: { peerId, roles } }) => roles.includes('storage') && mayStore(roll, peerId))
    .map(({ record, availability }) => {
      const { peerId, addresses, draining, service } = record
      const link = linkTo.get(shortId(peerId))
      return {
        peerId,
        availability,
        addresses,
        domain: roll.grantOf(peerId)?.domain ?? record.domain,
        draining,
        isRelayed: addresses.some(isRelayed),
        available: availability !== 'down' && !draining && service?.admission !== 'closed',
        failingUnits: record.units.filter(({ outlook }) => outlook === 'failing').length,
        ...roomOf(record),
        ...(link && { path: pathOf(link) }),
      }
    })
}

function roomOf({ units, service }: MemberRecord): Pick<StorageMember, 'totalBytes' | 'freeBytes' | 'weight' | 'load'> {
  const totalBytes = units.reduce((sum, unit) => sum + unit.totalBytes, 0)
  const freeBytes = units.reduce((sum, unit) => sum + unit.freeBytes, 0)
  const usedPermille = totalBytes === 0 ? 0 : Math.floor(((totalBytes - freeBytes) / totalBytes) * 1000)
  const busyPermille = service?.admission === 'busy' ? 1000 : 0
  return { totalBytes, freeBytes, weight: Math.floor(freeBytes / 2 ** 20), load: usedPermille + busyPermille }
}

function pathOf({ roundTripUs, failurePerMille, security }: LinkRecord): NonNullable<StorageMember['path']> {
  return { roundTripUs, congestionPermille: failurePerMille, isSecure: security !== 'plain' }
}

/** The certificate of one that nobody has told of yet is seen before anything is stored on it. */
function mayStore(roll: Roll, peerId: string): boolean {
  return !roll.isRevoked(peerId) && (roll.grantOf(peerId)?.role ?? 'storage') === 'storage'
}

function listOf(body: Uint8Array | Uint8ArrayList | undefined): Uint8ArrayList {
  if (body === undefined) return new Uint8ArrayList()
  return body instanceof Uint8Array ? new Uint8ArrayList(body) : body
}
