/**
 * A node's own record: signed anew when what it says has changed, and every so often to show that it is alive.
 */
import {
  compareCounters,
  type MemberRecord,
  type MergeResult,
  renewalMs,
  type SignedRecord,
  signRecord,
  type UnitRecord,
  type View,
} from '@p2pstore/state'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'

/** What a node says of itself, but for what gossip itself keeps. */
export type SelfDescription = Omit<MemberRecord, 'incarnation' | 'version' | 'timestampMs' | 'renewMs'>

export interface OwnRecordParts {
  readonly selfId: string
  readonly view: View
  readonly clock: Clock
  readonly random: Random
  readonly sign: (payload: Uint8Array) => Uint8Array
  /** Asked again and again; undefined for a peer that others need not know of. */
  readonly describeSelf: () => SelfDescription | undefined
  /** Between rounds, at least. */
  readonly intervalMs: number
  /** What state may cost. */
  readonly bytesPerSecond: number
}

/** Free room may change by this share of the whole before it is worth a new record. */
const noticeableShare = 1 / 32

/** What a node that knows nobody yet promises: it can't tell how often it will be able to afford a renewal. */
const firstPromiseMs = 120_000

export class OwnRecord {
  readonly #parts: OwnRecordParts
  #incarnation: number
  #version = 0
  #signedMs = Number.NEGATIVE_INFINITY
  /** Others have been told to expect a renewal within this time. */
  #promisedMs = 0
  /** It comes after this share of it: never all of a network that was started at once together. */
  #share = 0
  #recordBytes = 0

  constructor(parts: OwnRecordParts) {
    this.#parts = parts
    this.#incarnation = parts.clock.nowMs()
  }

  /** Renews the record if it is time, or if it says what is no longer so. @returns what came of it in the view */
  keepCurrent(): MergeResult | undefined {
    const { describeSelf, view, selfId, clock } = this.#parts
    const self = describeSelf()
    if (self === undefined) return undefined
    const known = view.record(selfId)
    const intervalMs = this.#share * Math.min(this.#promisedMs, this.#affordableMs())
    const isDue = clock.monotonicMs() >= this.#signedMs + intervalMs
    return isDue || known === undefined || hasChanged(known, self) ? this.#sign(self) : undefined
  }

  /** Renews the record now: a proof of life. */
  renew(): MergeResult | undefined {
    const self = this.#parts.describeSelf()
    return self && this.#sign(self)
  }

  #sign(self: SelfDescription): MergeResult {
    const { view, clock, random, sign } = this.#parts
    const renewMs = view.size > 1 ? this.#affordableMs() : Math.max(this.#affordableMs(), firstPromiseMs)
    this.#outliveFormerSelf()
    this.#version += 1
    const monotonicMs = clock.monotonicMs()
    this.#signedMs = monotonicMs
    this.#promisedMs = renewMs
    const chance = random.uint32() / 2 ** 32
    this.#share = this.#version === 1 ? chance : (1 + chance) / 2
    const counters = { incarnation: this.#incarnation, version: this.#version }
    const signed: SignedRecord = signRecord({ ...self, ...counters, renewMs, timestampMs: clock.nowMs() }, sign)
    this.#recordBytes = signed.payload.length + signed.signature.length
    return view.merge([signed], { nowMs: clock.nowMs(), monotonicMs })
  }

  #affordableMs(): number {
    const { view, bytesPerSecond, intervalMs } = this.#parts
    return renewalMs(view.size, this.#recordBytes, bytesPerSecond, intervalMs)
  }

  /**
   * A record from before a restart may come back with a higher incarnation, when the clock was set back since; and who else
   * has the key may have signed any version.
   */
  #outliveFormerSelf(): void {
    const { view, selfId } = this.#parts
    const known = view.record(selfId)
    const own = { incarnation: this.#incarnation, version: this.#version }
    if (known !== undefined && compareCounters(known, own) > 0) this.#incarnation = known.incarnation + 1
  }
}

/** Whether a record is no longer true in what others decide by; what is only measured can wait for the next renewal. */
function hasChanged(known: MemberRecord, self: SelfDescription): boolean {
  return plainFacts(known) !== plainFacts(self) || known.units.some((unit, i) => hasMoved(unit, self.units[i]))
}

const plainFields = ['roles', 'addresses', 'group', 'domain', 'tags', 'draining', 'unreachable'] as const

function plainFacts(self: SelfDescription): string {
  const { service, units, summary } = self
  const fixed = units.map(({ id, totalBytes, outlook }) => [id, totalBytes, outlook])
  return JSON.stringify([plainFields.map((field) => self[field]), service?.admission, fixed, summary?.up])
}

function hasMoved(before: UnitRecord, after: UnitRecord | undefined): boolean {
  return after === undefined || Math.abs(after.freeBytes - before.freeBytes) > noticeableShare * before.totalBytes
}
