/**
 * Keeps this peer's view of the others current: the shell around @p2pstore/state. Once a round it sees to its own record,
 * picks a few peers and compares views with each: it shows its hashes, gets the names of what differs, sends what the other
 * lacks and gets what it lacks itself. The exchanges of a round are spread over it: two at a time would often bring the same
 * records twice. Beside that go probes (prober.ts) and urgent news (herald.ts). What calls and connections tell about
 * liveness goes into the view as well.
 */
import {
  Allowance,
  type Coordinate,
  chooseGossipPeers,
  isElected,
  type LinkRecord,
  LocalHealth,
  type News,
  OwnCoordinate,
  summaryOf,
} from '@p2pstore/state'
import {
  type AskReply,
  type AskRequest,
  type CompareReply,
  type CompareRequest,
  maximumAccusations,
  type Pong,
  type SwapReply,
  type SwapRequest,
  type TellReply,
} from '../messages/state-messages.ts'
import type { Timer } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { RemoteError } from '../protocol/rpc-error.ts'
import { Herald } from './herald.ts'
import type { Answerer, Messenger } from './messenger.ts'
import { OwnRecord, type OwnRecordParts, type SelfDescription } from './own-record.ts'
import { Prober } from './prober.ts'
import { Wakefulness } from './wakefulness.ts'

export interface GossipParts extends Omit<OwnRecordParts, 'describeSelf'> {
  readonly messenger: Messenger
  readonly logger: Logger
  /** Peers to start with. */
  readonly bootstrapIds: readonly string[]
  /** Between probes. */
  readonly probeIntervalMs: number
  /** Asked again and again; undefined for a peer that others need not know of. */
  readonly describeSelf: () => GivenDescription | undefined
  /** What has been measured of the ways to others. */
  readonly links: () => readonly LinkRecord[]
  /** A peer has answered a ping. */
  readonly onRoundTrip: (peerId: string, roundTripMs: number) => void
  /** Learns from a peer who is a member. @returns whether it answered */
  readonly learnMembers: (peerId: string) => Promise<boolean>
}

/** What a node says of itself, but for what gossip finds out. */
export type GivenDescription = Omit<SelfDescription, 'group' | 'links' | 'coordinate' | 'summary'>

/** How looking for the network has ended. */
export interface JoinOutcome {
  /** At least one peer answered. */
  readonly isFound: boolean
  /** The word of a peer that did not let this one in. */
  readonly refusal: RemoteError | undefined
}

/** So that peers picked in one round have answered or failed before many more are. */
const exchangeTimeoutMs = 2_500

/** Who has just come knows nobody yet and would take itself for elected: it does not speak for its group at first. */
const roundsOfSilence = 5

/** Once one peer has answered, how long others may take to add what they know. */
const joinGraceMs = 250

/** Records in one message, by their bytes: what a peer new to the network gets at once. */
const deltaBytes = 512 * 1024

export class Gossip implements Answerer {
  readonly #parts: GossipParts
  readonly #health = new LocalHealth()
  readonly #coordinate: OwnCoordinate
  readonly #own: OwnRecord
  readonly #herald: Herald
  readonly #prober: Prober
  readonly #wakefulness: Wakefulness
  readonly #allowance: Allowance
  #timer: Timer | undefined
  /** Of this round, those still to be met. */
  #partners: string[] = []
  /** Between the exchanges of this round. */
  #gapMs = 0
  #rounds = 0
  #isStopped = false

  constructor(parts: GossipParts) {
    this.#parts = parts
    const { view, clock, random } = parts
    const health = this.#health
    this.#coordinate = new OwnCoordinate(() => random.uint32())
    this.#own = new OwnRecord({ ...parts, describeSelf: () => this.#describeSelf() })
    this.#herald = new Herald({ ...parts, own: this.#own, onAccused: () => health.bad() })
    this.#prober = new Prober({
      ...parts,
      intervalMs: parts.probeIntervalMs,
      health,
      herald: this.#herald,
      answered: (...trip) => this.#noteRoundTrip(...trip),
    })
    this.#wakefulness = new Wakefulness(clock, (pausedMs) => view.forgive(pausedMs))
    this.#allowance = new Allowance(parts.bytesPerSecond, clock.monotonicMs())
  }

  /** Rounds run so far. */
  get rounds(): number {
    return this.#rounds
  }

  /** Where this peer is, as far as it has learned. */
  get coordinate(): Coordinate {
    return this.#coordinate.current
  }

  /** Takes note of a request that could not be delivered. */
  undelivered(peerId: string): void {
    const { view, clock } = this.#parts
    if (this.#wakefulness.isDrowsy) return
    view.failed(peerId, clock.monotonicMs())
    this.#prober.probe(peerId)
  }

  start(): void {
    this.#wakefulness.start()
    this.#goOn()
    if (this.#describeSelf() !== undefined) this.#prober.start()
  }

  /** Renews this peer's own record if it says what is no longer so, and tells of it at once if that is urgent. */
  tellOfSelf(): void {
    if (!this.#isStopped) this.#herald.announce(this.#own.keepCurrent()?.urgent ?? [])
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
    this.#prober.stop()
    this.#herald.stop()
    this.#wakefulness.stop()
  }

  /** One exchange with each of the peers to start with. */
  async join(signal?: AbortSignal): Promise<JoinOutcome> {
    const { bootstrapIds, selfId, clock } = this.#parts
    const others = bootstrapIds.filter((peerId) => peerId !== selfId)
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

  compare(_peerId: string, { group, hashes, accusations }: CompareRequest): CompareReply {
    const { view, clock } = this.#parts
    this.#herald.accuse(accusations)
    const scope = group === view.group ? 'group' : 'network'
    const differences = view.differences(hashes, scope)
    const ours = view.accusations(clock.monotonicMs(), maximumAccusations, differences.entries)
    return { scope, ...differences, accusations: ours, coordinate: this.coordinate }
  }

  swap(peerId: string, { records, wanted }: SwapRequest): SwapReply {
    void this.#herald.merge(records, peerId)
    return { records: this.#parts.view.records(wanted, deltaBytes) }
  }

  tell(peerId: string, news: News): TellReply {
    return { records: this.#herald.hear(news, peerId) }
  }

  ping(): Pong {
    return { coordinate: this.#coordinate.current }
  }

  async ask(_peerId: string, { subject }: AskRequest): Promise<AskReply> {
    return { answered: await this.#prober.help(subject) }
  }

  /** Pings a peer once, and so measures the way to it. */
  isThere(peerId: string): Promise<boolean> {
    return this.#prober.try(peerId)
  }

  /** Neighbours are pinged and others met in rounds: together they tell where in the whole network this node is. */
  #noteRoundTrip(peerId: string, roundTripMs: number, coordinate: Coordinate): void {
    this.#coordinate.learn(peerId, coordinate, Math.round(roundTripMs * 1000))
    this.#parts.onRoundTrip(peerId, roundTripMs)
  }

  #describeSelf(): SelfDescription | undefined {
    const { describeSelf, links, view, clock } = this.#parts
    const given = describeSelf()
    if (given === undefined) return undefined
    const nowMs = clock.monotonicMs()
    const isSpeaking = this.#rounds > roundsOfSilence && isElected(view, nowMs)
    const summary = isSpeaking ? { summary: summaryOf(view.group, view.snapshot(nowMs)) } : {}
    return { ...given, group: view.group, links: links(), coordinate: this.#coordinate.current, ...summary }
  }

  /** The next exchange, and from time to time a new round. */
  #goOn(): void {
    if (this.#isStopped) return
    const { clock, random, messenger } = this.#parts
    if (this.#partners.length === 0) this.#beginRound()
    const peerId = this.#partners.pop()
    if (peerId !== undefined) void this.#exchangeWith(peerId)
    const delayMs = Math.max(this.#gapMs, this.#allowance.delayMs(messenger.sentBytes, clock.monotonicMs()))
    const jitter = 0.9 + (random.uint32() / 2 ** 32) * 0.2
    this.#timer = clock.setTimer(delayMs * jitter, () => this.#goOn())
  }

  #beginRound(): void {
    const { view, bootstrapIds, random, clock, intervalMs } = this.#parts
    const monotonicMs = clock.monotonicMs()
    this.#rounds += 1
    view.review(monotonicMs)
    this.#herald.announce(this.#own.keepCurrent()?.urgent ?? [])
    this.#partners = chooseGossipPeers(view, bootstrapIds, monotonicMs, () => random.uint32())
    this.#gapMs = intervalMs / Math.max(1, this.#partners.length)
  }

  /** @returns why there was no exchange; undefined when there was */
  async #exchangeWith(peerId: string, signal?: AbortSignal): Promise<unknown> {
    const { view, logger, messenger, clock } = this.#parts
    const { group } = view
    const options = { timeoutMs: exchangeTimeoutMs, signal }
    try {
      const hashes = view.hashes((view.record(peerId)?.group ?? group) === group ? 'group' : 'network')
      const ours = view.accusations(clock.monotonicMs(), maximumAccusations)
      const startMs = clock.monotonicMs()
      const reply = await messenger.compare(peerId, { group, hashes, accusations: ours }, options)
      this.#noteRoundTrip(peerId, clock.monotonicMs() - startMs, reply.coordinate)
      const { records, wanted } = view.delta(reply, hashes.length / 4, reply.scope, deltaBytes)
      if (records.length + wanted.length > 0) {
        const reply = await messenger.swap(peerId, { records, wanted }, options)
        await this.#herald.merge(reply.records, peerId)
      }
      this.#herald.accuse(reply.accusations)
      return undefined
    } catch (failure) {
      logger.debug({ peerId, err: failure }, 'no exchange of state')
      return failure
    }
  }
}
