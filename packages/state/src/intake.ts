/*
 * What becomes of a record that comes in. A signature is checked only when its record would change the view: most of what
 * arrives is known already, and a check costs a hundred times more than reading the counters. An unchecked record is never
 * kept, or a forged one with a high version could hide the true one.
 */

import { type Evidence, firstEvidence, withNews } from './liveness.ts'
import type { MemberRecord } from './member.ts'
import { compareBytes, compareCounters, compareRecords } from './newer.ts'
import { Peer } from './peer.ts'
import type { Peers } from './peers.ts'
import type { OpenRecord } from './signed-record.ts'
import { StateError } from './state-error.ts'
import type { Suspects } from './suspects.ts'
import { isUrgent } from './urgency.ts'

/** One moment on both clocks: `nowMs` since the Unix epoch judges timestamps, `monotonicMs` measures silence. */
export interface Moment {
  readonly nowMs: number
  readonly monotonicMs: number
}

export interface IntakeParts {
  readonly selfId: string
  readonly group: string
  readonly verify: (peerId: string, payload: Uint8Array, signature: Uint8Array) => boolean
  readonly maxMembers: number
  readonly forgetAfterMs: number
  readonly peers: Peers
  readonly suspects: Suspects
  readonly onRecord: (peer: Peer, monotonicMs: number) => void
  readonly onForgotten: (peerId: string) => void
}

/** `urgent`: others should hear of it at once, see urgency.ts. */
export type Outcome = 'known' | 'taken' | 'urgent'

/** How far ahead of ours the clock of an honest node may run. */
const MAX_AHEAD_MS = 60_000
/**
 * And by how much it may have been put back while the node ran: an incarnation is the time of a start. Without an end
 * to them, whoever has had a node's key once could sign one that the node can never exceed.
 */
const MAX_PUT_BACK_MS = 24 * 3_600_000

export class Intake {
  readonly #parts: IntakeParts

  constructor(parts: IntakeParts) {
    this.#parts = parts
  }

  /** @throws StateError RECORD_INVALID, RECORD_FORGED, VIEW_FULL */
  take(open: OpenRecord, now: Moment): Outcome {
    const { record } = open
    const startedMs = record.incarnation - MAX_PUT_BACK_MS
    if (Math.max(record.timestampMs, startedMs) > now.nowMs + MAX_AHEAD_MS) {
      throw new StateError('RECORD_INVALID', 'the record was signed in the future: one of the two clocks is wrong')
    }
    const known = this.#parts.peers.get(record.peerId)
    if (known === undefined) return this.#isToHold(record) ? this.#welcome(open, now) : this.#acquit(open)
    const order = compareRecords(open, known.open)
    if (order !== 0 && isTwin(open, known.open)) this.#noteClone(open, known)
    if (order <= 0) return 'known'
    this.#checkSignature(open)
    return this.#isToHold(record) ? this.#renew(known, open, now) : this.#release(known)
  }

  #isToHold({ peerId, group, summary }: MemberRecord): boolean {
    return group === this.#parts.group || summary !== undefined || peerId === this.#parts.selfId
  }

  #checkSignature({ record, payload, signature }: OpenRecord): void {
    if (!this.#parts.verify(record.peerId, payload, signature)) {
      throw new StateError('RECORD_FORGED', 'a record was not signed by a member of its name')
    }
  }

  #welcome(open: OpenRecord, now: Moment): Outcome {
    const { peers, suspects, selfId, onRecord } = this.#parts
    const { record } = open
    this.#checkSignature(open)
    const suspicion = suspects.stranger(record.peerId)?.suspicion
    const evidence = { ...firstSight(record, now), suspicion }
    this.#makeRoom(evidence.lastHeardMs, now.monotonicMs)
    const isRefuted = suspicion !== undefined && compareCounters(record, suspicion) > 0
    const isSelf = record.peerId === selfId
    const heard = isRefuted ? withNews(evidence, now.monotonicMs, record.renewMs) : evidence
    const peer = new Peer(open, heard, { isSelf, nowMs: now.monotonicMs })
    peers.add(peer)
    suspects.acquit(record.peerId)
    suspects.note(peer)
    onRecord(peer, now.monotonicMs)
    return isRefuted ? 'urgent' : 'taken'
  }

  #renew(peer: Peer, open: OpenRecord, now: Moment): Outcome {
    const { peers, suspects, onRecord } = this.#parts
    const before = peer.record
    const { suspicion } = peer.evidence
    const isRefuted = suspicion !== undefined && compareCounters(open.record, suspicion) > 0
    const isAlive = suspicion === undefined ? compareCounters(open.record, before) > 0 : isRefuted
    peers.renew(peer, open)
    // Who starts anew starts with a clean name: else it would be lost for ever to who has had its key once.
    if (open.record.incarnation > before.incarnation) peer.isCloned = false
    if (isAlive) peer.evidence = withNews(peer.evidence, now.monotonicMs, open.record.renewMs)
    suspects.note(peer)
    onRecord(peer, now.monotonicMs)
    return isRefuted || isUrgent(before, open.record) ? 'urgent' : 'taken'
  }

  /** A record that this view does not hold may still refute what it holds against the peer. */
  #acquit(open: OpenRecord): Outcome {
    const { suspects } = this.#parts
    const { record } = open
    const suspicion = suspects.stranger(record.peerId)?.suspicion
    if (suspicion === undefined || compareCounters(record, suspicion) <= 0) return 'known'
    this.#checkSignature(open)
    suspects.acquit(record.peerId)
    return 'urgent'
  }

  /** Of a peer that left the group, or is no longer elected by its own. */
  #release(peer: Peer): Outcome {
    this.forget(peer)
    return 'taken'
  }

  #noteClone(open: OpenRecord, known: Peer): void {
    if (known.isCloned) return
    this.#checkSignature(open)
    known.isCloned = true
  }

  #makeRoom(lastHeardMs: number, monotonicMs: number): void {
    const { peers, selfId, maxMembers, forgetAfterMs } = this.#parts
    if (peers.size < maxMembers) return
    const others = peers.byName.filter(({ record }) => record.peerId !== selfId)
    const oldest = others.reduce((a, b) => (b.evidence.lastHeardMs < a.evidence.lastHeardMs ? b : a))
    const oldestMs = oldest.evidence.lastHeardMs
    if (monotonicMs - oldestMs < forgetAfterMs || lastHeardMs <= oldestMs) {
      throw new StateError('VIEW_FULL', `the view already holds ${maxMembers} members`)
    }
    this.forget(oldest)
  }

  forget(peer: Peer): void {
    const { peers, suspects, onForgotten } = this.#parts
    const { peerId } = peer.record
    peers.delete(peer)
    suspects.forget(peerId)
    onForgotten(peerId)
  }
}

/** Different, yet with the same place in the peer's history. */
function isTwin(a: OpenRecord, b: OpenRecord): boolean {
  return compareCounters(a.record, b.record) === 0 && compareBytes(a.payload, b.payload) !== 0
}

/** A record of a peer never heard of may have gone round for days: only its own timestamp tells how fresh it is. */
function firstSight(record: MemberRecord, now: Moment): Evidence {
  return firstEvidence(now.monotonicMs - Math.max(0, now.nowMs - record.timestampMs), now.monotonicMs)
}
