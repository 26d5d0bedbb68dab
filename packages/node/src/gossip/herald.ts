/**
 * Carries urgent news: at once to a few peers, then to a few more, until it has been told often enough (rumours.ts of the
 * state package). Who belongs to the elected of its group carries it to those of other groups too.
 */
import {
  type Accusation,
  choosePresent,
  compareCounters,
  type News,
  type OpenRecord,
  Rumours,
  type SignedRecord,
  type StateError,
  shortId,
  type View,
} from '@p2pstore/state'
import type { Clock, Timer } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { Messenger } from './messenger.ts'
import type { OwnRecord } from './own-record.ts'

export interface HeraldParts {
  readonly selfId: string
  readonly view: View
  readonly messenger: Messenger
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly own: OwnRecord
  /** Learns from a peer who is a member. @returns whether it answered */
  readonly learnMembers: (peerId: string) => Promise<boolean>
  /** This node has been accused though it is alive. */
  readonly onAccused: () => void
}

const repeatMs = 250
const timeoutMs = 2_000
/** Of the records in one answer. */
const refutationBytes = 64 * 1024

export class Herald {
  readonly #parts: HeraldParts
  readonly #rumours = new Rumours()
  #timer: Timer | undefined
  #isStopped = false

  constructor(parts: HeraldParts) {
    this.#parts = parts
  }

  /** Nothing is told any more. */
  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }

  /**
   * Takes in urgent news from a peer, and passes on what is new of it.
   * @returns newer records of those who are accused. Who accuses one that has just renewed its record would else wait for
   * gossip to bring it, perhaps for too long: nobody who has it already passes it on as news.
   */
  hear({ accusations, records }: News, from: string): readonly SignedRecord[] {
    const { view } = this.#parts
    void this.merge(records, from)
    this.accuse(accusations)
    return view.records(refuted(accusations, view), refutationBytes)
  }

  /** Takes in accusations, be they others' or this node's own, and passes on those that are news. */
  accuse(accusations: readonly Accusation[]): void {
    const { view, clock, selfId, own, onAccused } = this.#parts
    const nowMs = clock.monotonicMs()
    const news = view.accuse(accusations, nowMs)
    if (news.some(({ subject }) => subject === selfId)) {
      onAccused()
      this.announce(own.renew()?.urgent ?? [])
    }
    for (const accusation of news) if (accusation.subject !== selfId) this.#rumours.addAccusation(accusation, nowMs)
    if (news.length > 0) this.#spread()
  }

  /**
   * Takes in records, whoever signed them, and passes on those that are urgent. Who is no member here may be one to the peer
   * who brought its record, and has proved it there: then that proof is asked for first.
   */
  async merge(records: readonly SignedRecord[], from: string): Promise<void> {
    const { logger, learnMembers } = this.#parts
    let refused = this.#take(records)
    const hasStrangers = refused.some(({ code }) => code === 'RECORD_FORGED')
    if (hasStrangers && (await learnMembers(from))) refused = this.#take(records)
    for (const { code, message } of refused) logger.warn({ from, code, reason: message }, 'a record was refused')
  }

  #take(records: readonly SignedRecord[]): readonly StateError[] {
    const { view, clock } = this.#parts
    const { urgent, refused } = view.merge(records, { nowMs: clock.nowMs(), monotonicMs: clock.monotonicMs() })
    this.announce(urgent)
    return refused
  }

  /** Passes on records that this view has taken in. */
  announce(records: readonly OpenRecord[]): void {
    if (records.length === 0) return
    for (const record of records) this.#rumours.addRecord(record, this.#parts.clock.monotonicMs())
    this.#spread()
  }

  /** Tells a few peers now, unless that has just been done, and others in a while. */
  #spread(): void {
    if (this.#timer !== undefined || this.#isStopped) return
    this.#tellSome()
    if (this.#rumours.isEmpty) return
    this.#timer = this.#parts.clock.setTimer(repeatMs, () => {
      this.#timer = undefined
      if (!this.#rumours.isEmpty) this.#spread()
    })
  }

  #tellSome(): void {
    const { view, messenger, clock, random, logger } = this.#parts
    const nowMs = clock.monotonicMs()
    const peerIds = choosePresent(view, nowMs, () => random.uint32())
    if (peerIds.length === 0) return
    const news = this.#rumours.take(peerIds.length, view.size, nowMs)
    for (const peerId of peerIds) {
      void messenger.tell(peerId, news, { timeoutMs }).then(
        (reply) => this.merge(reply.records, peerId),
        (failure: unknown) => logger.debug({ peerId, err: failure }, 'news could not be told'),
      )
    }
  }
}

/** Short ids of the accused of whom a newer record is here. */
function refuted(accusations: readonly Accusation[], view: View): string[] {
  const isRefuted = (accusation: Accusation): boolean => {
    const record = view.record(accusation.subject)
    return record !== undefined && compareCounters(record, accusation) > 0
  }
  return accusations.filter(isRefuted).map(({ subject }) => shortId(subject))
}
