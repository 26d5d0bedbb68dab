/** What this peer knows of the others, to be looked at: who is there, why it thinks so, and what the ways are like. */
import {
  type Availability,
  type Explanation,
  type MemberRecord,
  shortId,
  type View,
  type ViewChange,
} from '@p2pstore/state'
import { Domains } from './domains.ts'
import type { Ways } from './gossip/ways.ts'
import type { Roll } from './membership/roll.ts'
import { isRelayed } from './peer-address.ts'
import type { Clock } from './ports/clock.ts'

/** One member, this peer itself included when others are to know of it. */
export interface PeerReport {
  readonly peerId: string
  readonly availability: Availability
  /** Why it is not simply up, the gravest first. */
  readonly reasons: readonly string[]
  /** Since the last news of it. */
  readonly silentMs: number
  /** Measured lately, or foretold from where both are; undefined when neither is known. */
  readonly roundTripMs: number | undefined
  readonly isRoundTripMeasured: boolean
  /** The network it was seen to come from, or else says it is in. */
  readonly networkPrefix: string | undefined
  /** The domain that it is taken to be in: see domains.ts. */
  readonly domain: string
  /** It can be spoken with only through a third member, unless it dials itself. */
  readonly isRelayed: boolean
  /** It has found that no other member can dial it. */
  readonly isUnreachable: boolean
  /** Two processes use its key. */
  readonly isCloned: boolean
  /** All that it says of itself. */
  readonly record: MemberRecord
}

/** A way from one member to another, as the first has measured it. */
export interface LinkReport {
  readonly from: string
  /** The peer id, or its end when the peer itself is not known here. */
  readonly to: string
  readonly roundTripMs: number
  /** 0 when nothing large enough went over it. */
  readonly bytesPerSecond: number
  readonly failurePerMille: number
  readonly security: string
}

export interface LocalViewParts {
  readonly selfId: string
  readonly view: View
  readonly ways: Pick<Ways, 'to'>
  readonly clock: Clock
  readonly roll: Pick<Roll, 'grantOf'>
  /** Asks a peer whether it is there, and so measures the way to it. */
  readonly ping: (peerId: string) => Promise<boolean>
}

/** Peers that are dialled at a time; to measure, few enough pings that they don't wait for each other. */
const dialsAtOnce = 32
const pingsAtOnce = 4
const pings = 3

export class LocalView {
  readonly #parts: LocalViewParts

  constructor(parts: LocalViewParts) {
    this.#parts = parts
  }

  /** The members at this moment, in the order of peer ids. */
  snapshot(): PeerReport[] {
    const { view, clock, roll } = this.#parts
    const nowMs = clock.monotonicMs()
    const members = view.snapshot(nowMs)
    const domains = new Domains(members, roll)
    return members.map(({ record, availability, lastHeardMs, isCloned, observedPrefix }): PeerReport => {
      const { peerId } = record
      const isSelf = peerId === this.#parts.selfId
      return {
        peerId,
        availability,
        reasons: isSelf ? [] : view.explain(peerId, nowMs).reasons,
        silentMs: isSelf ? 0 : Math.max(0, Math.round(nowMs - lastHeardMs)),
        ...this.#roundTripTo(peerId),
        networkPrefix: observedPrefix ?? record.topology?.networkPrefix,
        isRelayed: record.addresses.some(isRelayed),
        isUnreachable: record.unreachable ?? false,
        domain: domains.of({ record, observedPrefix }),
        isCloned,
        record,
      }
    })
  }

  /** Those of the members that suit, in the order of peer ids. */
  query(suits: (peer: PeerReport) => boolean): PeerReport[] {
    return this.snapshot().filter(suits)
  }

  /**
   * Calls `listener`, which must not throw, right after each change: a newer record, another verdict on a peer, a peer
   * forgotten.
   * @returns what ends it
   */
  subscribe(listener: (change: ViewChange) => void): () => void {
    return this.#parts.view.subscribe(listener)
  }

  /** Why this peer thinks of another what it thinks. */
  explain(peerId: string): Explanation {
    return this.#parts.view.explain(peerId, this.#parts.clock.monotonicMs())
  }

  /** The ways that members have told of. */
  links(): LinkReport[] {
    const members = this.#parts.view.snapshot(this.#parts.clock.monotonicMs())
    const idOf = new Map(members.map(({ record }) => [shortId(record.peerId), record.peerId]))
    return members.flatMap(({ record }) =>
      record.links.map(({ peer, roundTripUs, ...link }) => ({
        from: record.peerId,
        to: idOf.get(peer) ?? peer,
        roundTripMs: roundTripUs / 1000,
        ...link,
      })),
    )
  }

  /**
   * Measures the round trip to every member that is not down: the first ping may have to wait for a connection, the
   * shortest counts.
   */
  async measure(): Promise<void> {
    const others = this.query(({ availability }) => availability !== 'down').map(({ peerId }) => peerId)
    await this.answering(others)
    for (let round = 0; round < pings; round += 1) await this.answering(others, others.length, pingsAtOnce)
  }

  /**
   * Asks peers whether they are there.
   * @param wanted when so many have answered, the rest are not asked. Default: all
   * @returns how many answered; this peer itself always does
   */
  async answering(peerIds: readonly string[], wanted = peerIds.length, atOnce = dialsAtOnce): Promise<number> {
    const { ping, selfId } = this.#parts
    const left = [...peerIds]
    let answered = 0
    let asked = 0
    const askNext = async (): Promise<void> => {
      while (answered + asked < wanted) {
        const peerId = left.shift()
        if (peerId === undefined) return
        asked += 1
        const isThere = peerId === selfId || (await ping(peerId))
        asked -= 1
        if (isThere) answered += 1
      }
    }
    await Promise.all(Array.from({ length: atOnce }, askNext))
    return answered
  }

  #roundTripTo(peerId: string): Pick<PeerReport, 'roundTripMs' | 'isRoundTripMeasured'> {
    if (peerId === this.#parts.selfId) return { roundTripMs: 0, isRoundTripMeasured: true }
    const { roundTripMs, isMeasured = false } = this.#parts.ways.to(peerId) ?? {}
    return { roundTripMs, isRoundTripMeasured: isMeasured }
  }
}
