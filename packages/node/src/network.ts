/**
 * The other members as the walks see them: who stores, who can be written to now, and a typed call to any of them, this peer
 * itself included. What calls tell about liveness flows back into the view.
 */
import type { CandidatePool } from '@p2pstore/placement'
import type { View } from '@p2pstore/state'
import { Uint8ArrayList } from 'uint8arraylist'
import type * as v from 'valibot'
import { Holders } from './catalog/holders.ts'
import type { Ways } from './gossip/ways.ts'
import type { Roll } from './membership/roll.ts'
import type { Call, TypedReply } from './messages/call.ts'
import { type Message, parseReply } from './messages/message.ts'
import { never } from './on-abort.ts'
import type { Clock } from './ports/clock.ts'
import type { CallOptions, Reply, Request, Rpc } from './protocol/rpc.ts'
import type { StorageMember } from './storage-member.ts'
import type { StorageMembers } from './storage-members.ts'
import { SmallShards } from './transfer/small-shards.ts'

export interface Network {
  readonly selfId: string
  /** In the order of peer ids, those that are down included. */
  storageMembers(): readonly StorageMember[]
  /** Peers of which this one knows an address but has heard nothing yet: what they hold is unknown too. */
  strangers(): readonly string[]
  /** The storage members in the order in which they should hold a record. */
  holders(id: Uint8Array): string[]
  /** The storage members, made ready for placement. */
  candidates(): CandidatePool<StorageMember>
  /** Much of what was sent there lately got lost. */
  isPoorWay(peerId: string): boolean
  /** Counts shards that are about to go to these nodes as load of theirs. */
  notePlaced(peerIds: Iterable<string>): void
  /** Small shards to and from members. */
  readonly small: SmallShards
  readonly call: Call
}

export interface NetworkParts {
  readonly selfId: string
  readonly rpc: Pick<Rpc, 'call'>
  readonly view: View
  readonly members: StorageMembers
  readonly ways: Pick<Ways, 'lostPerMilleTo'>
  readonly roll: Roll
  readonly clock: Clock
  /** Addresses of peers known without the view, by peer id. */
  readonly bootstrap: ReadonlyMap<string, readonly string[]>
  /** Answers requests of this peer to itself; undefined when it stores nothing. */
  readonly local?: (request: Request) => Promise<Reply>
}

/** One call in five, or the last two over a way that was good until then. */
const poorPerMille = 200

export class MemberNetwork implements Network {
  readonly small = new SmallShards((...call) => this.call(...call))
  readonly #parts: NetworkParts
  /** Made anew for other members. */
  #holders: { readonly members: readonly StorageMember[]; readonly ranking: Holders } | undefined

  constructor(parts: NetworkParts) {
    this.#parts = parts
  }

  get selfId(): string {
    return this.#parts.selfId
  }

  storageMembers(): readonly StorageMember[] {
    return this.#parts.members.pool.candidates
  }

  strangers(): readonly string[] {
    const { bootstrap, view, roll, clock } = this.#parts
    const known = new Set(view.snapshot(clock.monotonicMs()).map(({ record }) => record.peerId))
    const isStranger = (peerId: string): boolean =>
      peerId !== this.selfId && !known.has(peerId) && !roll.isRevoked(peerId)
    return [...bootstrap.keys()].filter(isStranger)
  }

  holders(id: Uint8Array): string[] {
    const members = this.storageMembers()
    if (this.#holders?.members !== members) this.#holders = { members, ranking: new Holders(members) }
    return this.#holders.ranking.rank(id)
  }

  candidates(): CandidatePool<StorageMember> {
    return this.#parts.members.pool
  }

  isPoorWay(peerId: string): boolean {
    return this.#parts.ways.lostPerMilleTo(peerId) >= poorPerMille
  }

  notePlaced(peerIds: Iterable<string>): void {
    this.#parts.members.notePlaced(peerIds)
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
    const signal = options.signal ?? never
    signal.throwIfAborted()
    const from = { peerId: this.selfId, role: 'storage' }
    const body = listOf(options.body)
    const reply = await local({ method: message.method, head, body, from, signal })
    return { head: reply.head ?? {}, body: listOf(reply.body) }
  }

  #callPeer(peerId: string, message: Message, head: unknown, options: CallOptions): Promise<TypedReply<unknown>> {
    const { rpc, view, bootstrap } = this.#parts
    const addresses = view.record(peerId)?.addresses ?? bootstrap.get(peerId) ?? []
    return rpc.call({ peerId, addresses }, message.method, head, options)
  }
}

function listOf(body: Uint8Array | Uint8ArrayList | undefined): Uint8ArrayList {
  if (body === undefined) return new Uint8ArrayList()
  return body instanceof Uint8Array ? new Uint8ArrayList(body) : body
}
