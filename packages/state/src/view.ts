/*
 * What one node knows of the others: the newest signed record of each peer, and beside it what this node has seen of the
 * peer itself. Two views are brought together by anti-entropy (Demers et al., "Epidemic algorithms for replicated
 * database maintenance", 1987): one shows the hashes of its buckets, the other answers with those that differ and the
 * records in them by name, the first sends what the other lacks and asks for what it lacks itself. Records merge by "the
 * newer one stays", so order, repetition and the way they came don't matter.
 *
 * A view holds every record of its own group, and of other groups those of their elected members (groups.ts).
 *
 * A signature is checked only when its record would change the view: most of what arrives is known already, and a check
 * costs a hundred times more than reading the counters. An unchecked record is never kept, or a forged one with a high
 * version could hide the true one.
 */
import { type Delta, deltaBetween, withinBytes } from './delta.ts'
import { bucketCount, bucketHashes, bucketOf, type DigestEntry, differingBuckets, entriesOf } from './digest.ts'
import { type Availability, type Evidence, firstEvidence, judge, reasonsOf, withFailure, withNews } from './liveness.ts'
import type { MemberRecord } from './member.ts'
import { compareBytes, compareCounters, compareRecords } from './newer.ts'
import { type OpenRecord, openRecord, type SignedRecord } from './signed-record.ts'
import { StateError } from './state-error.ts'
import { type Accusation, accusationOf, accused } from './suspicion.ts'
import { isUrgent } from './urgency.ts'

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

/** One moment on both clocks: `nowMs` since the Unix epoch judges timestamps, `monotonicMs` measures silence. */
export interface Moment {
  readonly nowMs: number
  readonly monotonicMs: number
}

/** One peer, as a snapshot shows it. */
export interface Member {
  readonly record: MemberRecord
  readonly availability: Availability
  /** On the monotonic clock. */
  readonly lastHeardMs: number
  /** Two different records with one version: two processes use the key of this peer. */
  readonly isCloned: boolean
  /** The network it was seen to come from, which counts more than the one it claims; undefined when it was never seen. */
  readonly observedPrefix: string | undefined
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
 * `record`: a newer record came in. `availability`: something heard, failed or told changed the verdict (that of a peer
 * that just falls silent changes with time alone, and no event tells). `forgotten`: the peer gave way to a new one, or is
 * no longer one that this view is to hold.
 */
export interface ViewChange {
  readonly kind: 'record' | 'availability' | 'forgotten'
  readonly peerId: string
}

/** What two nodes compare: of one group everything, else only what every group is to know. */
export type Scope = 'group' | 'network'

/** Buckets that differ, and the records in them by name. */
export interface Differences {
  readonly buckets: readonly number[]
  readonly entries: readonly DigestEntry[]
}

/** Why this node thinks what it thinks of a peer. */
export interface Explanation {
  readonly availability: Availability | 'unknown'
  /** The gravest first. */
  readonly reasons: readonly string[]
}

interface Entry {
  readonly open: OpenRecord
  evidence: Evidence
  isCloned: boolean
  observedPrefix: string | undefined
}

export const DEFAULT_GROUP = 'default'
export const DEFAULT_MAX_MEMBERS = 16_384
const DEFAULT_FORGET_AFTER_MS = 7 * 24 * 3_600_000
/** Half of the 1 MiB that one message may carry, so that framing fits beside. */
const DEFAULT_DELTA_BYTES = 512 * 1024
/** How far ahead of ours the clock of an honest node may run. */
const MAX_AHEAD_MS = 60_000
/** Peers without a record that are under suspicion: members of other groups. */
const MAX_ABSENT = 4_096
/** Renewals are far apart for those whose interval isn't known. */
const UNKNOWN_RENEW_MS = 3_600_000

export class View {
  readonly #selfId: string
  readonly #group: string
  readonly #verify: ViewOptions['verify']
  readonly #open: (signed: SignedRecord) => OpenRecord
  readonly #maxMembers: number
  readonly #forgetAfterMs: number
  readonly #entries = new Map<string, Entry>()
  /** What is held against peers without a record, the latest last. */
  readonly #absent = new Map<string, Evidence>()
  readonly #listeners = new Set<(change: ViewChange) => void>()
  /** All peer ids in order; undefined when a peer came or went since. */
  #sortedIds: string[] | undefined

  constructor(options: ViewOptions) {
    this.#selfId = options.selfId
    this.#group = options.group ?? DEFAULT_GROUP
    this.#verify = options.verify
    this.#open = options.open ?? openRecord
    this.#maxMembers = options.maxMembers ?? DEFAULT_MAX_MEMBERS
    if (!(this.#maxMembers >= 2)) throw new RangeError('a view needs room for two members or more')
    this.#forgetAfterMs = options.forgetAfterMs ?? DEFAULT_FORGET_AFTER_MS
  }

  /** Members known, this one included. */
  get size(): number {
    return this.#entries.size
  }

  /** Takes in what is newer of some records, the node's own included. One bad record doesn't spoil the others. */
  merge(records: Iterable<SignedRecord>, now: Moment): MergeResult {
    const changed: string[] = []
    const urgent: OpenRecord[] = []
    const refused: StateError[] = []
    for (const signed of records) {
      try {
        const open = this.#open(signed)
        const taken = this.#take(open, now)
        if (taken !== 'known') changed.push(open.record.peerId)
        if (taken === 'urgent') urgent.push(open)
      } catch (error) {
        if (!(error instanceof StateError)) throw error
        refused.push(error)
      }
    }
    return { changed, urgent, refused }
  }

  /** The first level of this view's digest. */
  hashes(scope: Scope = 'group'): Uint8Array {
    const records = this.#records(scope)
    return bucketHashes(records, bucketCount(records.length))
  }

  /** The second level, of the buckets that another view's first level shows to differ. */
  differences(theirs: Uint8Array, scope: Scope = 'group'): Differences {
    const records = this.#records(scope)
    const count = theirs.length / 4
    const buckets = differingBuckets(bucketHashes(records, count), theirs)
    const opened = new Set(buckets)
    return { buckets, entries: entriesOf(records.filter((record) => opened.has(bucketOf(record, count)))) }
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
    const opened = new Set(buckets)
    const ours = this.#records(scope).filter((record) => opened.has(bucketOf(record, count)))
    return deltaBetween(entries, ours, maxBytes)
  }

  /** The records of some peers, as they were signed, as far as they are known and fit in `maxBytes` (default 512 KiB). */
  records(shortIds: readonly string[], maxBytes = DEFAULT_DELTA_BYTES): readonly SignedRecord[] {
    const wanted = new Set(shortIds)
    const known = new Map<string, OpenRecord>()
    for (const { open } of this.#entries.values()) if (wanted.has(open.shortId)) known.set(open.shortId, open)
    return withinBytes(
      shortIds.map((id) => known.get(id)).filter((record) => record !== undefined),
      maxBytes,
    )
  }

  /** The newest record of a peer. */
  record(peerId: string): MemberRecord | undefined {
    return this.#entries.get(peerId)?.open.record
  }

  /** Bytes arrived from the peer itself. Nothing is kept of a peer without a record. */
  heard(peerId: string, monotonicMs: number): void {
    this.#absent.delete(peerId)
    this.#observe(peerId, monotonicMs, (entry) => ({
      ...withNews(entry.evidence, monotonicMs, this.#circumstances(entry)),
      directMs: monotonicMs,
    }))
  }

  /** Whether bytes arrived from the peer itself since that moment. */
  heardDirectlySince(peerId: string, monotonicMs: number): boolean {
    return (this.#entries.get(peerId)?.evidence.directMs ?? Number.NEGATIVE_INFINITY) >= monotonicMs
  }

  /** A request to the peer couldn't be delivered. */
  failed(peerId: string, monotonicMs: number): void {
    this.#observe(peerId, monotonicMs, ({ evidence }) => withFailure(evidence))
  }

  /** The peer was seen to come from this network, such as `192.0.2.0/24`. */
  observedFrom(peerId: string, prefix: string): void {
    const entry = this.#entries.get(peerId)
    if (entry !== undefined) entry.observedPrefix = prefix
  }

  /**
   * Takes in what is said of peers that don't answer. What this node has heard from a peer since counts more.
   * @returns what was news: to be passed on
   */
  accuse(accusations: readonly Accusation[], monotonicMs: number): readonly Accusation[] {
    return accusations.filter((accusation) => this.#accuse(accusation, monotonicMs))
  }

  /** What is held against peers now, the latest first. */
  accusations(monotonicMs: number, maxCount: number): Accusation[] {
    const found: Accusation[] = []
    const note = (peerId: string, { suspicion }: Evidence): void => {
      if (suspicion !== undefined) found.push(accusationOf(peerId, suspicion, monotonicMs))
    }
    for (const [peerId, { evidence }] of this.#entries) note(peerId, evidence)
    for (const [peerId, evidence] of this.#absent) note(peerId, evidence)
    return found.sort((a, b) => a.ageMs - b.ageMs).slice(0, maxCount)
  }

  /** This process itself stood still for so long: the silence of others was its own. */
  forgive(pausedMs: number): void {
    const later = (evidence: Evidence): Evidence => ({
      ...evidence,
      lastHeardMs: evidence.lastHeardMs + pausedMs,
      suspicion: evidence.suspicion && { ...evidence.suspicion, sinceMs: evidence.suspicion.sinceMs + pausedMs },
    })
    for (const entry of this.#entries.values()) entry.evidence = later(entry.evidence)
    for (const [peerId, evidence] of this.#absent) this.#absent.set(peerId, later(evidence))
  }

  /** Down for a peer of which nothing is known. */
  availability(peerId: string, monotonicMs: number): Availability {
    return this.#verdict(peerId, monotonicMs) ?? 'down'
  }

  explain(peerId: string, monotonicMs: number): Explanation {
    const availability = this.#verdict(peerId, monotonicMs)
    if (peerId === this.#selfId) return { availability: 'up', reasons: ['it is this node'] }
    const entry = this.#entries.get(peerId)
    const evidence = entry?.evidence ?? this.#absent.get(peerId)
    if (evidence === undefined) return { availability: 'unknown', reasons: ['no record of it has come here'] }
    const cloned = entry?.isCloned ? ['two processes use its key'] : []
    const reasons = [...reasonsOf(evidence, monotonicMs, this.#circumstances(entry)), ...cloned]
    const draining = entry?.open.record.draining ? ['it is being emptied'] : []
    return { availability: availability ?? 'unknown', reasons: [...reasons, ...draining] }
  }

  /** Everything at one moment, in the order of peer ids. */
  members(monotonicMs: number): readonly Member[] {
    return this.#ids().map((peerId) => this.member(peerId, monotonicMs)!)
  }

  /** One of them; undefined without a record of it. */
  member(peerId: string, monotonicMs: number): Member | undefined {
    const entry = this.#entries.get(peerId)
    if (entry === undefined) return undefined
    const { open, evidence, isCloned, observedPrefix } = entry
    const availability = this.availability(peerId, monotonicMs)
    return { record: open.record, availability, lastHeardMs: evidence.lastHeardMs, isCloned, observedPrefix }
  }

  /** Calls `listener`, which must not throw, right after each change. Returns what ends it. */
  subscribe(listener: (change: ViewChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #take(open: OpenRecord, now: Moment): 'known' | 'taken' | 'urgent' {
    const { record } = open
    const { peerId } = record
    if (record.timestampMs > now.nowMs + MAX_AHEAD_MS) {
      throw new StateError('RECORD_INVALID', 'the record was signed in the future: one of the two clocks is wrong')
    }
    const known = this.#entries.get(peerId)
    if (known === undefined && !this.#isToHold(record)) return this.#acquit(open)
    const order = known === undefined ? 1 : compareRecords(open, known.open)
    if (known !== undefined && order !== 0 && isTwin(open, known.open)) this.#noteClone(open, known)
    if (order <= 0) return 'known'
    this.#checkSignature(open)
    if (!this.#isToHold(record)) return this.#release(peerId)
    const evidence = known?.evidence ?? this.#absent.get(peerId) ?? firstSight(record, now)
    if (known === undefined) this.#makeRoom(evidence.lastHeardMs, now.monotonicMs)
    this.#absent.delete(peerId)
    const isNews = known !== undefined && compareCounters(record, known.open.record) > 0
    const isRefuted = evidence.suspicion !== undefined && compareCounters(record, evidence.suspicion) > 0
    const isAlive = evidence.suspicion === undefined ? isNews : isRefuted
    const circumstances = { renewMs: record.renewMs, members: this.size }
    this.#entries.set(peerId, {
      open,
      evidence: isAlive ? withNews(evidence, now.monotonicMs, circumstances) : evidence,
      isCloned: known?.isCloned ?? false,
      observedPrefix: known?.observedPrefix,
    })
    this.#tell('record', peerId)
    return isRefuted || (known !== undefined && isUrgent(known.open.record, record)) ? 'urgent' : 'taken'
  }

  #isToHold({ peerId, group, summary }: MemberRecord): boolean {
    return group === this.#group || summary !== undefined || peerId === this.#selfId
  }

  #checkSignature({ record, payload, signature }: OpenRecord): void {
    if (!this.#verify(record.peerId, payload, signature)) {
      throw new StateError('RECORD_FORGED', 'a record was not signed by a member of its name')
    }
  }

  /** A record that this view does not hold may still refute what it holds against the peer. */
  #acquit(open: OpenRecord): 'known' | 'urgent' {
    const { record } = open
    const suspicion = this.#absent.get(record.peerId)?.suspicion
    if (suspicion === undefined || compareCounters(record, suspicion) <= 0) return 'known'
    this.#checkSignature(open)
    this.#absent.delete(record.peerId)
    return 'urgent'
  }

  /** Of a peer that left the group, or is no longer elected by its own. */
  #release(peerId: string): 'taken' {
    this.#entries.delete(peerId)
    this.#sortedIds = undefined
    this.#tell('forgotten', peerId)
    return 'taken'
  }

  #noteClone(open: OpenRecord, known: Entry): void {
    if (known.isCloned) return
    this.#checkSignature(open)
    known.isCloned = true
  }

  #makeRoom(lastHeardMs: number, monotonicMs: number): void {
    this.#sortedIds = undefined
    if (this.#entries.size < this.#maxMembers) return
    const others = [...this.#entries].filter(([peerId]) => peerId !== this.#selfId)
    const [peerId, entry] = others.reduce((a, b) => (b[1].evidence.lastHeardMs < a[1].evidence.lastHeardMs ? b : a))
    const oldestMs = entry.evidence.lastHeardMs
    if (monotonicMs - oldestMs < this.#forgetAfterMs || lastHeardMs <= oldestMs) {
      throw new StateError('VIEW_FULL', `the view already holds ${this.#maxMembers} members`)
    }
    this.#entries.delete(peerId)
    this.#tell('forgotten', peerId)
  }

  /**
   * About a peer whose record is here, only an accusation of that very record counts: an older one is refuted already, and
   * one that names a newer record could never be refuted if it was made up. It will be told again when the record is here.
   */
  #accuse(accusation: Accusation, monotonicMs: number): boolean {
    const { subject, ageMs } = accusation
    const entry = this.#entries.get(subject)
    const known = entry?.evidence ?? this.#absent.get(subject)
    if (entry !== undefined && compareCounters(entry.open.record, accusation) !== 0) return false
    if (this.heardDirectlySince(subject, monotonicMs - ageMs)) return false
    const suspicion = accused(known, accusation, monotonicMs)
    if (suspicion === known?.suspicion) return false
    if (entry !== undefined) this.#observe(subject, monotonicMs, ({ evidence }) => ({ ...evidence, suspicion }))
    else if (subject !== this.#selfId) this.#keepAbsent(subject, { ...firstEvidence(monotonicMs), suspicion })
    return true
  }

  #keepAbsent(peerId: string, evidence: Evidence): void {
    this.#absent.set(peerId, evidence)
    if (this.#absent.size > MAX_ABSENT) this.#absent.delete(this.#absent.keys().next().value!)
  }

  #observe(peerId: string, monotonicMs: number, next: (entry: Entry) => Evidence): void {
    const entry = this.#entries.get(peerId)
    if (entry === undefined) return
    const before = this.availability(peerId, monotonicMs)
    entry.evidence = next(entry)
    if (this.availability(peerId, monotonicMs) !== before) this.#tell('availability', peerId)
  }

  #verdict(peerId: string, monotonicMs: number): Availability | undefined {
    if (peerId === this.#selfId) return 'up'
    const entry = this.#entries.get(peerId)
    const evidence = entry?.evidence ?? this.#absent.get(peerId)
    if (evidence === undefined) return undefined
    const verdict = judge(evidence, monotonicMs, this.#circumstances(entry))
    return verdict === 'up' && entry?.isCloned ? 'suspect' : verdict
  }

  #circumstances(entry: Entry | undefined): { renewMs: number; members: number } {
    return { renewMs: entry?.open.record.renewMs ?? UNKNOWN_RENEW_MS, members: this.size }
  }

  #records(scope: Scope): OpenRecord[] {
    const records: OpenRecord[] = []
    for (const { open } of this.#entries.values()) {
      if (scope === 'group' || open.record.summary !== undefined) records.push(open)
    }
    return records
  }

  #ids(): readonly string[] {
    this.#sortedIds ??= [...this.#entries.keys()].sort()
    return this.#sortedIds
  }

  #tell(kind: ViewChange['kind'], peerId: string): void {
    for (const listener of this.#listeners) listener({ kind, peerId })
  }
}

/** Different, yet with the same place in the peer's history. */
function isTwin(a: OpenRecord, b: OpenRecord): boolean {
  return compareCounters(a.record, b.record) === 0 && compareBytes(a.payload, b.payload) !== 0
}

/** A record of a peer never heard of may have gone round for days: only its own timestamp tells how fresh it is. */
function firstSight(record: MemberRecord, now: Moment): Evidence {
  return firstEvidence(now.monotonicMs - Math.max(0, now.nowMs - record.timestampMs))
}
