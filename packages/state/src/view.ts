/*
 * What one node knows of every other: the newest signed record of each peer, and beside it what this node has seen of the
 * peer itself. Two views are brought together by anti-entropy (Demers et al., "Epidemic algorithms for replicated
 * database maintenance", 1987): one sends its digest, the other answers with the records the first lacks and the ids of
 * those it lacks itself. Records merge by "the newer one stays", so order, repetition and the way they came don't matter.
 *
 * A signature is checked only when its record would change the view: most of what arrives is known already, and a check
 * costs a hundred times more than reading the counters. An unchecked record is never kept, or a forged one with a high
 * version could hide the true one.
 */
import { type Delta, deltaTo, withinBytes } from './delta.ts'
import type { Digest } from './digest.ts'
import {
  type Availability,
  DEFAULT_THRESHOLDS,
  type Evidence,
  judge,
  type LivenessThresholds,
  withFailure,
  withNews,
} from './liveness.ts'
import type { MemberRecord } from './member.ts'
import { type Counters, compareCounters, compareRecords } from './newer.ts'
import { readRecord, type SignedRecord } from './signed-record.ts'
import { StateError } from './state-error.ts'

export interface ViewOptions {
  /** The node whose view it is: always up, never forgotten. Its own record is best taken in first, into an empty view. */
  readonly selfId: string
  /** Whether `peerId` is a member of the network and signed `payload`. */
  readonly verify: (peerId: string, payload: Uint8Array, signature: Uint8Array) => boolean
  /** At least 2, default 16,384: with records of 300 bytes, held as bytes and decoded, less than 20 MB. */
  readonly maxMembers?: number
  /** How long a member must be silent before a new one may take its place in a full view. Default 7 days. */
  readonly forgetAfterMs?: number
  readonly thresholds?: LivenessThresholds
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
}

export interface MergeResult {
  /** Peers whose record is now a newer one. */
  readonly changed: readonly string[]
  /** One error for each record that was refused: RECORD_INVALID, RECORD_FORGED or VIEW_FULL. */
  readonly refused: readonly StateError[]
}

/**
 * `record`: a newer record came in. `availability`: something heard or failed changed the verdict (that of a peer that
 * just falls silent changes with time alone, and no event tells). `forgotten`: the peer gave way to a new one.
 */
export interface ViewChange {
  readonly kind: 'record' | 'availability' | 'forgotten'
  readonly peerId: string
}

interface Entry extends SignedRecord, Counters {
  readonly record: MemberRecord
  evidence: Evidence
}

export const DEFAULT_MAX_MEMBERS = 16_384
const DEFAULT_FORGET_AFTER_MS = 7 * 24 * 3_600_000
/** Half of the 1 MiB that one message may carry, so that framing and the ids wanted fit beside. */
const DEFAULT_DELTA_BYTES = 512 * 1024

export class View {
  readonly #selfId: string
  readonly #verify: ViewOptions['verify']
  readonly #maxMembers: number
  readonly #forgetAfterMs: number
  readonly #thresholds: LivenessThresholds
  readonly #entries = new Map<string, Entry>()
  readonly #listeners = new Set<(change: ViewChange) => void>()
  /** All peer ids in order; undefined when a peer came or went since. */
  #sortedIds: string[] | undefined

  constructor(options: ViewOptions) {
    this.#selfId = options.selfId
    this.#verify = options.verify
    this.#maxMembers = options.maxMembers ?? DEFAULT_MAX_MEMBERS
    if (!(this.#maxMembers >= 2)) throw new RangeError('a view needs room for two members or more')
    this.#forgetAfterMs = options.forgetAfterMs ?? DEFAULT_FORGET_AFTER_MS
    this.#thresholds = options.thresholds ?? DEFAULT_THRESHOLDS
  }

  /** Takes in what is newer of some records, the node's own included. One bad record doesn't spoil the others. */
  merge(records: Iterable<SignedRecord>, now: Moment): MergeResult {
    const changed: string[] = []
    const refused: StateError[] = []
    for (const signed of records) {
      try {
        const peerId = this.#take(signed, now)
        if (peerId !== undefined) changed.push(peerId)
      } catch (error) {
        if (!(error instanceof StateError)) throw error
        refused.push(error)
      }
    }
    return { changed, refused }
  }

  /** What this view knows, by peer id. */
  digest(): Digest {
    return this.#ids().map((peerId) => {
      const { incarnation, version } = this.#entries.get(peerId)!
      return [peerId, incarnation, version]
    })
  }

  /** What to answer to the digest of another view. @param maxBytes bound for the records together, default 512 KiB */
  delta(theirs: Digest, maxBytes = DEFAULT_DELTA_BYTES): Delta {
    return deltaTo(theirs, this.#entries, maxBytes)
  }

  /** The records of some peers, as they were signed, as far as they are known and fit in `maxBytes` (default 512 KiB). */
  records(peerIds: readonly string[], maxBytes = DEFAULT_DELTA_BYTES): readonly SignedRecord[] {
    const entries = peerIds.map((peerId) => this.#entries.get(peerId)).filter((entry) => entry !== undefined)
    return withinBytes(entries, maxBytes)
  }

  /** Bytes arrived from the peer itself. Nothing is kept of a peer without a record. */
  heard(peerId: string, monotonicMs: number): void {
    this.#observe(peerId, monotonicMs, (evidence) => withNews(evidence, monotonicMs))
  }

  /** A request to the peer couldn't be delivered. */
  failed(peerId: string, monotonicMs: number): void {
    this.#observe(peerId, monotonicMs, withFailure)
  }

  /** Down for a peer without a record. */
  availability(peerId: string, monotonicMs: number): Availability {
    if (peerId === this.#selfId) return 'up'
    const entry = this.#entries.get(peerId)
    return entry === undefined ? 'down' : judge(entry.evidence, monotonicMs, this.#thresholds)
  }

  /** Everything at one moment, in the order of peer ids. */
  members(monotonicMs: number): readonly Member[] {
    return this.#ids().map((peerId) => {
      const { record, evidence } = this.#entries.get(peerId)!
      return { record, availability: this.availability(peerId, monotonicMs), lastHeardMs: evidence.lastHeardMs }
    })
  }

  /** Calls `listener`, which must not throw, right after each change. Returns what ends it. */
  subscribe(listener: (change: ViewChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The peer whose record is now a newer one, if it is. */
  #take(signed: SignedRecord, now: Moment): string | undefined {
    const record = readRecord(signed, now.nowMs)
    const { peerId, incarnation, version } = record
    // Copies, so that a small record doesn't keep the large message alive that it came in.
    const offered = { payload: signed.payload.slice(), signature: signed.signature.slice(), incarnation, version }
    const known = this.#entries.get(peerId)
    if (known !== undefined && compareRecords(offered, known) <= 0) return undefined
    if (!this.#verify(peerId, offered.payload, offered.signature)) {
      throw new StateError('RECORD_FORGED', 'a record was not signed by a member of its name')
    }
    const evidence = known === undefined ? firstSight(record, now) : known.evidence
    if (known === undefined) this.#makeRoom(evidence.lastHeardMs, now.monotonicMs)
    const isNews = known !== undefined && compareCounters(offered, known) > 0
    this.#entries.set(peerId, { ...offered, record, evidence: isNews ? withNews(evidence, now.monotonicMs) : evidence })
    this.#tell('record', peerId)
    return peerId
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

  #observe(peerId: string, monotonicMs: number, next: (evidence: Evidence) => Evidence): void {
    const entry = this.#entries.get(peerId)
    if (entry === undefined) return
    const before = this.availability(peerId, monotonicMs)
    entry.evidence = next(entry.evidence)
    if (this.availability(peerId, monotonicMs) !== before) this.#tell('availability', peerId)
  }

  #ids(): readonly string[] {
    this.#sortedIds ??= [...this.#entries.keys()].sort()
    return this.#sortedIds
  }

  #tell(kind: ViewChange['kind'], peerId: string): void {
    for (const listener of this.#listeners) listener({ kind, peerId })
  }
}

/** A record of a peer never heard of may have gone round for days: only its own timestamp tells how fresh it is. */
function firstSight(record: MemberRecord, now: Moment): Evidence {
  return { lastHeardMs: now.monotonicMs - Math.max(0, now.nowMs - record.timestampMs), failures: 0 }
}
