/*
 * Whether a peer is there: a verdict that each node reaches for itself from what it has seen and been told. Two nodes may
 * rightly differ when the link between them and a third one is cut. Down is a verdict about where to send the next request,
 * nothing more: it deletes no record and loses no data.
 *
 * News is any bytes from the peer itself, or a record newer than all that is held against it, whoever brought it; it
 * clears everything. Against a peer count requests of our own that could not be delivered (one makes it suspect, a
 * second down, unless another peer has reached it just now: then it is the way from here that is broken, and the peer
 * no more than suspect), accusations by others that it doesn't refute in time (suspicion.ts), and, where nobody probes
 * it, silence: records are renewed every `renewMs`, so three times that is a few lost messages, five times most likely
 * the peer.
 *
 * A peer that keeps coming and going costs more than one that is gone: everything is moved away from it and back. So each
 * return from being down counts, the count halves every ten minutes, and a peer that has come back three times must stay
 * for a while before it is held for more than suspect (route flap damping, RFC 2439).
 */
import { later, type Suspicion } from './suspicion.ts'

export type Availability = 'up' | 'suspect' | 'down'

/** What this node has seen and been told of one peer. Times are on the monotonic clock. */
export interface Evidence {
  /** Since when it is known here. */
  readonly knownMs: number
  /** The latest news of it, whoever brought it. */
  readonly lastHeardMs: number
  /** The latest bytes from the peer itself. */
  readonly directMs: number
  /** Requests that couldn't be delivered since then, counted to 2. */
  readonly failures: number
  /** When another peer last told that it had reached it. */
  readonly vouchedMs: number
  readonly suspicion: Suspicion | undefined
  /** Returns from being down, as they counted at the latest one. */
  readonly flaps: number
  readonly backMs: number
}

const SUSPECT_AFTER_RENEWALS = 3
const DOWN_AFTER_RENEWALS = 5
/** How long the word of another peer counts. */
const VOUCH_MS = 30_000
const FLAP_HALF_LIFE_MS = 600_000
const FLAPS_TOLERATED = 2.5
const FLAP_HOLD_MS = 60_000

export function firstEvidence(lastHeardMs: number, knownMs: number): Evidence {
  const never = Number.NEGATIVE_INFINITY
  const unheard = { directMs: never, vouchedMs: never, backMs: never }
  return { knownMs, lastHeardMs, ...unheard, failures: 0, suspicion: undefined, flaps: 0 }
}

/** @param renewMs how often the peer renews its record */
export function withNews(evidence: Evidence, nowMs: number, renewMs: number): Evidence {
  const lastHeardMs = Math.max(evidence.lastHeardMs, nowMs)
  const cleared = { ...evidence, lastHeardMs, failures: 0, suspicion: undefined }
  if (judge(evidence, nowMs, renewMs) !== 'down') return cleared
  return { ...cleared, flaps: flapsAt(evidence, nowMs) + 1, backMs: nowMs }
}

export function withFailure(evidence: Evidence): Evidence {
  return { ...evidence, failures: Math.min(evidence.failures + 1, 2) }
}

/** Another peer has reached it. */
export function withVoucher(evidence: Evidence, nowMs: number): Evidence {
  return { ...evidence, vouchedMs: nowMs }
}

/** The same, had this node stood still for so long: it could not have heard a thing. */
export function withPause(evidence: Evidence, pausedMs: number): Evidence {
  const { lastHeardMs, suspicion } = evidence
  return { ...evidence, lastHeardMs: lastHeardMs + pausedMs, suspicion: suspicion && later(suspicion, pausedMs) }
}

export function judge(evidence: Evidence, nowMs: number, renewMs: number): Availability {
  const { lastHeardMs, failures, suspicion } = evidence
  const silentMs = nowMs - lastHeardMs
  const isUnreached = failures >= 2 && !isVouchedFor(evidence, nowMs)
  const isUnrefuted = suspicion !== undefined && nowMs >= suspicion.untilMs
  if (isUnreached || isUnrefuted || silentMs >= DOWN_AFTER_RENEWALS * renewMs) return 'down'
  const isDoubtful = failures > 0 || suspicion !== undefined || isFlapping(evidence, nowMs)
  return isDoubtful || silentMs >= SUSPECT_AFTER_RENEWALS * renewMs ? 'suspect' : 'up'
}

/** Why the verdict is what it is, in words; the gravest first. Empty when nothing is held against the peer. */
export function reasonsOf(evidence: Evidence, nowMs: number, renewMs: number): string[] {
  const { lastHeardMs, failures, suspicion } = evidence
  const silentMs = nowMs - lastHeardMs
  const reasons: string[] = []
  if (failures > 0) {
    const requests = failures === 1 ? 'a request' : 'the last two requests'
    const rest = isVouchedFor(evidence, nowMs) ? ', though another peer has reached it' : ''
    reasons.push(`${requests} could not be delivered to it${rest}`)
  }
  if (suspicion !== undefined) {
    const { accusers, sinceMs, untilMs } = suspicion
    const leftMs = untilMs - nowMs
    const rest = leftMs > 0 ? `it has ${seconds(leftMs)} left to refute it` : 'it did not refute it in time'
    reasons.push(`${accusers.join(', ')} got no answer from it for ${seconds(nowMs - sinceMs)}; ${rest}`)
  }
  if (silentMs >= SUSPECT_AFTER_RENEWALS * renewMs) {
    reasons.push(`silent for ${seconds(silentMs)}, though it renews its record every ${seconds(renewMs)}`)
  }
  if (isFlapping(evidence, nowMs)) {
    reasons.push(
      `it went down and came back ${Math.round(evidence.flaps)} times lately, last ${seconds(nowMs - evidence.backMs)} ago`,
    )
  }
  return reasons
}

function isVouchedFor({ vouchedMs }: Evidence, nowMs: number): boolean {
  return nowMs - vouchedMs < VOUCH_MS
}

function isFlapping(evidence: Evidence, nowMs: number): boolean {
  return evidence.flaps >= FLAPS_TOLERATED && nowMs - evidence.backMs < FLAP_HOLD_MS
}

function flapsAt({ flaps, backMs }: Evidence, nowMs: number): number {
  return flaps === 0 ? 0 : flaps * 2 ** (-(nowMs - backMs) / FLAP_HALF_LIFE_MS)
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
