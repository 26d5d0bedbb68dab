/**
 * Keeps this peer's view of the others current: the shell around @p2pstore/state. Once a round it sees to its own record,
 * picks a few peers and compares views with each: it shows its hashes, gets the names of what differs, sends what the other
 * lacks and gets what it lacks itself. What calls and connections tell about liveness goes into the view as well.
 */
import { chooseGossipPeers, type MergeResult, roundDelayMs, type SignedRecord } from '@p2pstore/state'
import { type CompareReply, type CompareRequest, maximumAccusations } from '../messages/state-messages.ts'
import type { Timer } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { RpcObserver } from '../protocol/observer.ts'
import { RemoteError } from '../protocol/rpc-error.ts'
import type { Answerer, Messenger } from './messenger.ts'
import { OwnRecord, type OwnRecordParts } from './own-record.ts'

export interface GossipParts extends OwnRecordParts {
  readonly group: string
  readonly messenger: Messenger
  readonly random: Random
  readonly logger: Logger
  /** Peers to start with. */
  readonly bootstrapIds: readonly string[]
  /** Between rounds, at least. */
  readonly intervalMs: number
}

/** How looking for the network has ended. */
export interface JoinOutcome {
  /** At least one peer answered. */
  readonly isFound: boolean
  /** The word of a peer that did not let this one in. */
  readonly refusal: RemoteError | undefined
}

/** So that peers picked in one round have answered or failed before many more are. */
const exchangeTimeoutMs = 2_500

/** Once one peer has answered, how long others may take to add what they know. */
const joinGraceMs = 250

/** Records in one message, by their bytes: what a peer new to the network gets at once. */
const deltaBytes = 512 * 1024

export class Gossip implements Answerer {
  readonly #parts: GossipParts
  readonly #own: OwnRecord
  #timer: Timer | undefined
  #sentBytes = 0
  #isStopped = false

  constructor(parts: GossipParts) {
    this.#parts = parts
    this.#own = new OwnRecord(parts)
  }

  /** What calls and connections tell. */
  readonly observer: RpcObserver = {
    connected: ({ peerId }) => this.#parts.view.heard(peerId, this.#parts.clock.monotonicMs()),
    called: ({ peerId, outcome }) => {
      const { view, clock } = this.#parts
      if (outcome === 'answered') view.heard(peerId, clock.monotonicMs())
      if (outcome === 'undelivered') view.failed(peerId, clock.monotonicMs())
    },
  }

  start(): void {
    this.#runRound()
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
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
    const nowMs = clock.monotonicMs()
    view.accuse(accusations, nowMs)
    const scope = group === this.#parts.group ? 'group' : 'network'
    return { scope, ...view.differences(hashes, scope), accusations: view.accusations(nowMs, maximumAccusations) }
  }

  swap(_peerId: string, { records, wanted }: { records: readonly SignedRecord[]; wanted: readonly string[] }) {
    this.#merge(records)
    return { records: this.#parts.view.records(wanted, deltaBytes) }
  }

  #runRound(): void {
    if (this.#isStopped) return
    const { view, selfId, bootstrapIds, random, clock, intervalMs, messenger, bytesPerSecond } = this.#parts
    this.#own.keepCurrent()
    const peerIds = chooseGossipPeers({
      members: view.members(clock.monotonicMs()),
      selfId,
      bootstrapIds,
      random: () => random.uint32(),
    })
    for (const peerId of peerIds) void this.#exchangeWith(peerId)
    const delayMs = roundDelayMs(intervalMs, messenger.sentBytes - this.#sentBytes, bytesPerSecond)
    this.#sentBytes = messenger.sentBytes
    const jitter = 0.9 + (random.uint32() / 2 ** 32) * 0.2
    this.#timer = clock.setTimer(delayMs * jitter, () => this.#runRound())
  }

  /** @returns why there was no exchange; undefined when there was */
  async #exchangeWith(peerId: string, signal?: AbortSignal): Promise<unknown> {
    const { view, logger, group, messenger, clock } = this.#parts
    const options = { timeoutMs: exchangeTimeoutMs, signal }
    try {
      const hashes = view.hashes((view.record(peerId)?.group ?? group) === group ? 'group' : 'network')
      const accusations = view.accusations(clock.monotonicMs(), maximumAccusations)
      const reply = await messenger.compare(peerId, { group, hashes, accusations }, options)
      view.accuse(reply.accusations, clock.monotonicMs())
      const { records, wanted } = view.delta(reply, hashes.length / 4, reply.scope, deltaBytes)
      if (records.length + wanted.length > 0) {
        this.#merge((await messenger.swap(peerId, { records, wanted }, options)).records)
      }
      return undefined
    } catch (failure) {
      logger.debug({ peerId, err: failure }, 'no exchange of state')
      return failure
    }
  }

  #merge(records: readonly SignedRecord[]): MergeResult {
    const { view, logger, clock } = this.#parts
    const result = view.merge(records, { nowMs: clock.nowMs(), monotonicMs: clock.monotonicMs() })
    for (const failure of result.refused) {
      logger.warn({ code: failure.code, reason: failure.message }, 'a record was refused')
    }
    return result
  }
}
