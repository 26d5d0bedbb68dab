/** One peer as a view knows it: its newest record, and what this node has seen and been told of it. */
import { type Availability, type Evidence, judge, reasonsOf } from './liveness.ts'
import type { MemberRecord } from './member.ts'
import type { OpenRecord } from './signed-record.ts'

/** One peer at one moment, as a snapshot shows it. */
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

/** Why this node thinks what it thinks of a peer. */
export interface Explanation {
  readonly availability: Availability | 'unknown'
  /** The gravest first. */
  readonly reasons: readonly string[]
}

export class Peer {
  open: OpenRecord
  evidence: Evidence
  isCloned = false
  observedPrefix: string | undefined
  /** The verdict that listeners know of. */
  told: Availability
  readonly #isSelf: boolean

  constructor(open: OpenRecord, evidence: Evidence, { isSelf, nowMs }: { isSelf: boolean; nowMs: number }) {
    this.open = open
    this.evidence = evidence
    this.#isSelf = isSelf
    this.told = this.availability(nowMs)
  }

  get record(): MemberRecord {
    return this.open.record
  }

  /** Whether others can call it; one without addresses calls by itself. */
  get isDialable(): boolean {
    return this.open.record.addresses.length > 0
  }

  availability(nowMs: number): Availability {
    if (this.#isSelf) return 'up'
    const verdict = judge(this.evidence, nowMs, this.record.renewMs)
    return verdict === 'up' && this.isCloned ? 'suspect' : verdict
  }

  explain(nowMs: number): Explanation {
    if (this.#isSelf) return { availability: 'up', reasons: ['it is this node'] }
    const reasons = reasonsOf(this.evidence, nowMs, this.record.renewMs)
    if (this.isCloned) reasons.push('two processes use its key')
    if (this.record.draining) reasons.push('it is being emptied')
    return { availability: this.availability(nowMs), reasons }
  }

  at(nowMs: number): Member {
    const { record, isCloned, observedPrefix } = this
    const { lastHeardMs } = this.evidence
    return { record, availability: this.availability(nowMs), lastHeardMs, isCloned, observedPrefix }
  }
}
