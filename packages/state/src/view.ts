/*
 * What one node knows of the others: the newest signed record of each peer, and beside it what this node has seen of the
 * peer itself. Two views are brought together by anti-entropy (Demers et al., "Epidemic algorithms for replicated
 * database maintenance", 1987): one shows the hashes of its buckets, the other answers with those that differ and the
 * records in them by name, the first sends what the other lacks and asks for what it lacks itself. Records merge by "the
 * newer one stays", so order, repetition and the way they came don't matter.
 *
 * A view holds every record of its own group, and of other groups those of their elected members (groups.ts).
 */

import { type Delta, deltaBetween, withinBytes } from './delta.ts'
import { type DigestEntry, entriesOf } from './digest.ts'
import { Intake, type Moment } from './intake.ts'
import {
  type Availability,
  type Evidence,
  judge,
  reasonsOf,
  withFailure,
  withNews,
  withPause,
  withVoucher,
} from './liveness.ts'
import type { MemberRecord } from './member.ts'
import { compareCounters } from './newer.ts'
import type { Explanation, Member, Peer } from './peer.ts'
import { Peers, type Scope } from './peers.ts'
import { type OpenRecord, openRecord, type SignedRecord } from './signed-record.ts'
import { StateError } from './state-error.ts'
import { Suspects } from './suspects.ts'
import { type Accusation, accused } from './suspicion.ts'

export interface ViewOptions {
  /** The node whose view it is: always up, never forgotten. Its own record is best taken in first, into an empty view. */
  readonly selfId: string
  /** The group that it belongs to. Default {@link DEFAULT_GROUP}. */
  readonly group?: string
  /** Whether `peerId` is a member of the network and signed `payload`. */
  readonly verify: (peerId: string, payload: Uint8Array, signature: Uint8Array) => boolean
  /** Default {@link openRecord}. Who holds thousands of views can hand in one that remembers what it has opened. */
  readonly open?: (signed: SignedRecord) => OpenRecord
  /** At least 2, default 16,384: with records of 600 bytes, held as bytes and decoded, some 40 MB. */
  readonly maxMembers?: number
  /** How long a member must be silent before a new one may take its place in a full view. Default 7 days. */
  readonly forgetAfterMs?: number
}

export interface MergeResult {
  /** Peers whose record is now a newer one. */
  readonly changed: readonly string[]
  /** Of the records that changed something, those that others should hear of at once: see urgency.ts. */
  readonly urgent: readonly OpenRecord[]
  /** One error for each record that was refused: RECORD_INVALID, RECORD_FORGED or VIEW_FULL. */
  readonly refused: readonly StateError[]
}

/**
 * `record`: a newer record came in. `availability`: the verdict on the peer is another one. `forgotten`: the peer gave way
 * to a new one, or is no longer one that this view is to hold.
 */
export interface ViewChange {
  readonly kind: 'record' | 'availability' | 'forgotten'
  readonly peerId: string
}

/** Buckets that differ, and the records in them by name. */
export interface Differences {
  readonly buckets: readonly number[]
  readonly entries: readonly DigestEntry[]
}

export const DEFAULT_GROUP = 'default'
export const DEFAULT_MAX_MEMBERS = 16_384
const DEFAULT_FORGET_AFTER_MS = 7 * 24 * 3_600_000
/** Half of the 1 MiB that one message may carry, so that framing fits beside. */
const DEFAULT_DELTA_BYTES = 512 * 1024
/**
 * Of one message. Who brings more that is worth nothing could as well send noise, which costs a check of a signature
 * each.
 */
const MAX_REFUSED = 64
/** Renewals are far apart for those whose interval isn't known. */
const UNKNOWN_RENEW_MS = 3_600_000

export class View {
  readonly selfId: string
  readonly group: string
  readonly #open: (signed: SignedRecord) => OpenRecord
  readonly #peers = new Peers()
  readonly #suspects = new Suspects()
  readonly #intake: Intake
  readonly #listeners = new Set<(change: ViewChange) => void>()

  constructor(options: ViewOptions) {
    const { selfId, group = DEFAULT_GROUP, verify, open = openRecord } = options
    const { maxMembers = DEFAULT_MAX_MEMBERS, forgetAfterMs = DEFAULT_FORGET_AFTER_MS } = options
    if (!(maxMembers >= 2)) throw new RangeError('a view needs room for two members or more')
    this.selfId = selfId
    this.group = group
    this.#open = open
    this.#intake = new Intake({
      ...{ selfId, group, verify, maxMembers, forgetAfterMs },
      peers: this.#peers,
      suspects: this.#suspects,
      onRecord: (peer, monotonicMs) => {
        this.#tell('record', peer.record.peerId)
        this.#tellVerdict(peer, monotonicMs)
      },
      onForgotten: (peerId) => this.#tell('forgotten', peerId),
    })
  }

  /** Members known, this one included. */
  get size(): number {
    return this.#peers.size
  }

  /** Takes in what is newer of some records, the node's own included. One bad record doesn't spoil the others, 64 do. */
  merge(records: Iterable<SignedRecord>, now: Moment): MergeResult {
    const changed: string[] = []
    const urgent: OpenRecord[] = []
    const refused: StateError[] = []
    for (const signed of records) {
      try {
        const open = this.#open(signed)
        const outcome = this.#intake.take(open, now)
        if (outcome !== 'known') changed.push(open.record.peerId)
        if (outcome === 'urgent') urgent.push(open)
      } catch (error) {
        if (!(error instanceof StateError)) throw error
        refused.push(error)
        if (refused.length === MAX_REFUSED) break
      }
    }
    return { changed, urgent, refused }
  }

  /** The first level of this view's digest. */
  hashes(scope: Scope = 'group'): Uint8Array {
    return this.#peers.digest(scope).hashes()
  }

  /** The second level, of the buckets that another view's first level shows to differ. */
  differences(theirs: Uint8Array, scope: Scope = 'group'): Differences {
    const count = theirs.length / 4
    const digest = this.#peers.digest(scope)
    const buckets = digest.differing(theirs)
    return { buckets, entries: entriesOf(digest.within(buckets, count)) }
  }

  /**
   * What to answer to the differences another view has named.
   * @param count buckets that the first level had
   * @param maxBytes bound for the records together, default 512 KiB
   */
  delta(
    { buckets, entries }: Differences,
    count: number,
    scope: Scope = 'group',
    maxBytes = DEFAULT_DELTA_BYTES,
  ): Delta {
    return deltaBetween(entries, this.#peers.digest(scope).within(buckets, count), maxBytes)
  }

  /** The records of some peers, as they were signed, as far as they are known and fit in `maxBytes` (default 512 KiB). */
  records(shortIds: readonly string[], maxBytes = DEFAULT_DELTA_BYTES): readonly SignedRecord[] {
    const known = shortIds.map((id) => this.#peers.byShortId(id)).filter((open) => open !== undefined)
    return withinBytes(known, maxBytes)
  }

  /** The newest record of a peer. */
  record(peerId: string): MemberRecord | undefined {
    return this.#peers.get(peerId)?.record
  }

  /** Drops all that is known of a peer: it is no longer a member. */
  forget(peerId: string): void {
    const peer = this.#peers.get(peerId)
    this.#suspects.acquit(peerId)
    if (peer !== undefined && peerId !== this.selfId) this.#intake.forget(peer)
  }

  /** Bytes arrived from the peer itself. Nothing is kept of a peer without a record. */
  heard(peerId: string, monotonicMs: number): void {
    this.#suspects.acquit(peerId)
    this.#observe(peerId, monotonicMs, ({ evidence, record }) => ({
      ...withNews(evidence, monotonicMs, record.renewMs),
      directMs: monotonicMs,
    }))
  }

  /** Whether bytes arrived from the peer itself since that moment. */
  heardDirectlySince(peerId: string, monotonicMs: number): boolean {
    return (this.#peers.get(peerId)?.evidence.directMs ?? Number.NEGATIVE_INFINITY) >= monotonicMs
  }

  /** A request to the peer couldn't be delivered. */
  failed(peerId: string, monotonicMs: number): void {
    this.#observe(peerId, monotonicMs, ({ evidence }) => withFailure(evidence))
  }

  /** Another peer has just reached it. */
  vouched(peerId: string, monotonicMs: number): void {
    this.#observe(peerId, monotonicMs, ({ evidence }) => withVoucher(evidence, monotonicMs))
  }

  /** The peer was seen to come from this network, such as `192.0.2.0/24`. */
  observedFrom(peerId: string, prefix: string): void {
    const peer = this.#peers.get(peerId)
    if (peer !== undefined) peer.observedPrefix = prefix
  }

  /**
   * Takes in what is said of peers that don't answer. What this node has heard from a peer since counts more.
   * @returns what was news: to be passed on
   */
  accuse(accusations: readonly Accusation[], monotonicMs: number): readonly Accusation[] {
    return accusations.filter((accusation) => this.#accuse(accusation, monotonicMs))
  }

  /**
   * What to tell another of what is held against peers: what is fresh, the latest first, and some of what is old.
   * @param named also all that is held against these
   */
  accusations(monotonicMs: number, maxCount: number, named: readonly DigestEntry[] = []): readonly Accusation[] {
    return this.#suspects.accusations(monotonicMs, maxCount, new Set(named.map(([short]) => short)))
  }

  /** This process itself stood still for so long: the silence of others was its own. */
  forgive(pausedMs: number): void {
    for (const peer of this.#peers.values()) peer.evidence = withPause(peer.evidence, pausedMs)
    this.#suspects.forgive(pausedMs)
  }

  /** Tells listeners of peers that time alone has made suspect or down. To be called every so often. */
  review(monotonicMs: number): void {
    if (this.#listeners.size === 0) return
    for (const peer of this.#peers.values()) this.#tellVerdict(peer, monotonicMs)
  }

  /** Down for a peer of which nothing is known. */
  availability(peerId: string, monotonicMs: number): Availability {
    const peer = this.#peers.get(peerId)
    if (peer !== undefined) return peer.availability(monotonicMs)
    if (peerId === this.selfId) return 'up'
    const evidence = this.#suspects.stranger(peerId)
    return evidence === undefined ? 'down' : judge(evidence, monotonicMs, UNKNOWN_RENEW_MS)
  }

  explain(peerId: string, monotonicMs: number): Explanation {
    const peer = this.#peers.get(peerId)
    if (peer !== undefined) return peer.explain(monotonicMs)
    if (peerId === this.selfId) return { availability: 'up', reasons: ['it is this node'] }
    const evidence = this.#suspects.stranger(peerId)
    if (evidence === undefined) return { availability: 'unknown', reasons: ['no record of it has come here'] }
    const availability = judge(evidence, monotonicMs, UNKNOWN_RENEW_MS)
    return { availability, reasons: reasonsOf(evidence, monotonicMs, UNKNOWN_RENEW_MS) }
  }

  /** Everything at one moment, in the order of peer ids. */
  snapshot(monotonicMs: number): readonly Member[] {
    return this.#peers.byName.map((peer) => peer.at(monotonicMs))
  }

  /** One of them; undefined without a record of it. */
  member(peerId: string, monotonicMs: number): Member | undefined {
    return this.#peers.get(peerId)?.at(monotonicMs)
  }

  /** The node's own record, once it has been taken in. */
  get self(): OpenRecord | undefined {
    return this.#peers.get(this.selfId)?.open
  }

  /** All records, in the order of the hashes of short ids: not to be changed. */
  get ring(): readonly OpenRecord[] {
    return this.#peers.digest('group').records
  }

  /** Whether it is another peer, and one that can be dialled. */
  canCall({ peerId, addresses }: MemberRecord): boolean {
    return addresses.length > 0 && peerId !== this.selfId
  }

  /** Calls `listener`, which must not throw, right after each change. Returns what ends it. */
  subscribe(listener: (change: ViewChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * About a peer whose record is here, only an accusation of that very record counts: an older one is refuted already, and
   * one that names a newer record could never be refuted if it was made up. It will be told again when the record is here.
   */
  #accuse(accusation: Accusation, monotonicMs: number): boolean {
    const { subject, ageMs } = accusation
    const peer = this.#peers.get(subject)
    const known = peer?.evidence ?? this.#suspects.stranger(subject)
    if (peer !== undefined && compareCounters(peer.record, accusation) !== 0) return false
    if (this.heardDirectlySince(subject, monotonicMs - ageMs)) return false
    const suspicion = accused(known, accusation, monotonicMs, this.size)
    if (suspicion === known?.suspicion) return false
    if (peer !== undefined) this.#observe(subject, monotonicMs, ({ evidence }) => ({ ...evidence, suspicion }))
    else if (subject !== this.selfId) this.#suspects.addStranger(subject, suspicion, monotonicMs)
    return true
  }

  #observe(peerId: string, monotonicMs: number, next: (peer: Peer) => Evidence): void {
    const peer = this.#peers.get(peerId)
    if (peer === undefined) return
    peer.evidence = next(peer)
    this.#suspects.note(peer)
    this.#tellVerdict(peer, monotonicMs)
  }

  #tellVerdict(peer: Peer, monotonicMs: number): void {
    const verdict = peer.availability(monotonicMs)
    if (verdict === peer.told) return
    peer.told = verdict
    this.#tell('availability', peer.record.peerId)
  }

  #tell(kind: ViewChange['kind'], peerId: string): void {
    for (const listener of this.#listeners) listener({ kind, peerId })
  }
}
