/**
 * Keeps this peer's view of the others current: the shell around @p2pstore/state. Once a round it renews its own record (a
 * heartbeat), picks a few peers and swaps news with each: it shows its digest, gets what it lacks, and sends what the other
 * lacks. What calls and connections tell about liveness goes into the view as well.
 */
import {
  checkDigest,
  chooseGossipPeers,
  DEFAULT_MAX_MEMBERS,
  type MemberRecord,
  signRecord,
  type View,
} from '@p2pstore/state'
import type { Identity } from './identity/identity.ts'
import {
  decodeStateReply,
  decodeStateRequest,
  encodeStateBody,
  type StateRequest,
  stateExchange,
} from './messages/state-messages.ts'
import type { Clock, Timer } from './ports/clock.ts'
import type { Logger } from './ports/logger.ts'
import type { Random } from './ports/random.ts'
import type { Reply, Request, Rpc } from './protocol/rpc.ts'
import { RemoteError } from './protocol/rpc-error.ts'

/** What a node says of itself, but for what gossip itself keeps. */
export type SelfDescription = Omit<MemberRecord, 'incarnation' | 'version' | 'timestampMs'>

export interface GossipParts {
  readonly identity: Identity
  readonly rpc: Rpc
  readonly view: View
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Addresses of peers to start with, by peer id. */
  readonly bootstrap: ReadonlyMap<string, readonly string[]>
  /** Asked every round; undefined for a peer that others need not know of. */
  readonly describeSelf: () => SelfDescription | undefined
  /** Default 1,000. */
  readonly intervalMs: number
}

/** How looking for the network has ended. */
export interface JoinOutcome {
  /** At least one peer answered. */
  readonly isFound: boolean
  /** The word of a peer that did not let this one in. */
  readonly refusal: RemoteError | undefined
}

/** Below the interval at which silence makes a peer suspect. */
const exchangeTimeoutMs = 2_500

/** Once one peer has answered, how long others may take to add what they know. */
const joinGraceMs = 250

export class Gossip {
  readonly #parts: GossipParts
  #incarnation: number
  #version = 0
  #timer: Timer | undefined
  #isStopped = false

  constructor(parts: GossipParts) {
    this.#parts = parts
    this.#incarnation = parts.clock.nowMs()
    parts.rpc.observe({
      connected: ({ peerId }) => parts.view.heard(peerId, parts.clock.monotonicMs()),
      called: ({ peerId, outcome }) => {
        if (outcome === 'answered') parts.view.heard(peerId, parts.clock.monotonicMs())
        if (outcome === 'undelivered') parts.view.failed(peerId, parts.clock.monotonicMs())
      },
    })
  }

  start(): void {
    this.#renewSelf()
    this.#runRound()
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }

  /** One exchange with each of the peers to start with. */
  async join(signal?: AbortSignal): Promise<JoinOutcome> {
    const { bootstrap, identity, clock } = this.#parts
    const others = [...bootstrap.keys()].filter((peerId) => peerId !== identity.peerId)
    const failures: unknown[] = []
    let isFound = false
    await new Promise<void>((resolve) => {
      let open = others.length
      if (open === 0) resolve()
      const note = (failure: unknown): void => {
        open -= 1
        if (failure !== undefined) failures.push(failure)
        else if (!isFound) clock.setTimer(joinGraceMs, resolve)
        isFound ||= failure === undefined
        if (open === 0) resolve()
      }
      for (const peerId of others) void this.#exchangeWith(peerId, signal).then(note)
    })
    return { isFound, refusal: failures.find((failure) => failure instanceof RemoteError) }
  }

  /** Answers {@link stateExchange}. */
  async handle({ body }: Request): Promise<Reply> {
    const { digest, records } = decodeStateRequest(body.subarray())
    this.#merge(records)
    const { view } = this.#parts
    const delta = digest === null ? { records: [], wanted: [] } : view.delta(checkDigest(digest, DEFAULT_MAX_MEMBERS))
    return { body: encodeStateBody({ records: [...delta.records], wanted: [...delta.wanted] }) }
  }

  #runRound(): void {
    if (this.#isStopped) return
    const { view, identity, bootstrap, random, clock, intervalMs } = this.#parts
    this.#renewSelf()
    const peerIds = chooseGossipPeers({
      members: view.members(clock.monotonicMs()),
      selfId: identity.peerId,
      bootstrapIds: [...bootstrap.keys()],
      random: () => random.uint32(),
    })
    for (const peerId of peerIds) void this.#exchangeWith(peerId)
    const jitterMs = (random.uint32() / 2 ** 32 - 0.5) * 0.2 * intervalMs
    this.#timer = clock.setTimer(intervalMs + jitterMs, () => this.#runRound())
  }

  /** @returns why there was no exchange; undefined when there was */
  async #exchangeWith(peerId: string, signal?: AbortSignal): Promise<unknown> {
    const { view, logger } = this.#parts
    try {
      const reply = decodeStateReply(await this.#send(peerId, { digest: [...view.digest()], records: [] }, signal))
      this.#merge(reply.records)
      const news = view.records(reply.wanted)
      if (news.length > 0) await this.#send(peerId, { digest: null, records: [...news] }, signal)
      return undefined
    } catch (failure) {
      logger.debug({ peerId, err: failure }, 'no exchange of state')
      return failure
    }
  }

  async #send(peerId: string, request: StateRequest, signal?: AbortSignal): Promise<Uint8Array> {
    const { rpc, view, clock, bootstrap } = this.#parts
    const known = view.members(clock.monotonicMs()).find(({ record }) => record.peerId === peerId)?.record.addresses
    const addresses = known ?? bootstrap.get(peerId) ?? []
    const body = encodeStateBody(request)
    const options = { body, signal, timeoutMs: exchangeTimeoutMs, lane: 'control' as const }
    return (await rpc.call({ peerId, addresses }, stateExchange.method, {}, options)).body.subarray()
  }

  #merge(records: StateRequest['records']): void {
    const { view, logger } = this.#parts
    const { refused } = view.merge(records, this.#now())
    for (const failure of refused) logger.warn({ code: failure.code, reason: failure.message }, 'a record was refused')
  }

  #renewSelf(): void {
    const { describeSelf, identity, view, clock } = this.#parts
    const self = describeSelf()
    if (self === undefined) return
    this.#outliveFormerSelf()
    this.#version += 1
    const record = { ...self, incarnation: this.#incarnation, version: this.#version, timestampMs: clock.nowMs() }
    view.merge([signRecord(record, (payload) => identity.sign(payload))], this.#now())
  }

  /** A record from before a restart may come back with a higher incarnation, when the clock was set back since. */
  #outliveFormerSelf(): void {
    const { identity, view } = this.#parts
    const [mine] = view.digest().filter(([peerId]) => peerId === identity.peerId)
    if (mine !== undefined && mine[1] > this.#incarnation) this.#incarnation = mine[1] + 1
  }

  #now(): { nowMs: number; monotonicMs: number } {
    const { clock } = this.#parts
    return { nowMs: clock.nowMs(), monotonicMs: clock.monotonicMs() }
  }
}
