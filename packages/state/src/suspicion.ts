/*
 * Who says that a peer didn't answer. Nobody is ever told that a peer is dead: whoever missed its answers accuses it, the
 * accusation goes round, and every node waits for itself how long the peer takes to refute it (SWIM: Das, Gupta and
 * Motivala, 2002). An accusation is about one state of the peer, its incarnation and version; the peer refutes it by
 * signing a newer record, which nobody else can do. So a liar can bring a peer under suspicion for a moment, no more.
 *
 * How long to wait follows Lifeguard (Dadgar, Phillips and Currey, 2018): with one accuser long, since the fault may be
 * its own; with each further one shorter. And the more nodes there are, the longer a refutation takes to come round.
 * Accusers and ages are hearsay, so whatever they are, a peer that has been known here for a while has the shortest of these
 * times from when the accusation came here; only who has just come takes others' word for what was before.
 */
import { type Counters, compareCounters } from './newer.ts'

/** What nodes tell each other about a peer that doesn't answer. */
export interface Accusation extends Counters {
  /** Peer id of the accused. */
  readonly subject: string
  /** Short ids of those who missed its answers: 1 … {@link MAX_ACCUSERS}. */
  readonly accusers: readonly string[]
  /** Since the first of them missed it. */
  readonly ageMs: number
}

/** An accusation as it is kept: ages grow, a beginning stays. */
export interface Suspicion extends Counters {
  readonly accusers: readonly string[]
  readonly sinceMs: number
  /** When it came here, of a peer that was known here before. */
  readonly heardMs: number
  /** When the time to refute is over. */
  readonly untilMs: number
}

/** What is known of a peer that is accused. */
interface KnownBefore {
  readonly suspicion: Suspicion | undefined
  readonly lastHeardMs: number
  /** Since when it is known here. */
  readonly knownMs: number
}

/** More than so many make nothing more certain. */
export const MAX_ACCUSERS = 3
const MIN_TIMEOUT_MS = 2_000
/** One accuser alone is given so many times the shortest time. */
const LONE_FACTOR = 3
const MAX_AGE_MS = 24 * 3_600_000

/** How long an accused peer has to refute. */
export function suspicionTimeoutMs(accuserCount: number, members: number): number {
  const shortestMs = MIN_TIMEOUT_MS * Math.max(1, Math.log10(members + 1))
  const confirmed = Math.log(Math.min(accuserCount, MAX_ACCUSERS)) / Math.log(MAX_ACCUSERS)
  return shortestMs * (LONE_FACTOR - (LONE_FACTOR - 1) * confirmed)
}

/**
 * What is kept after an accusation; the same object when it says nothing new. Whatever it claims, it can't have begun
 * before the latest news of the peer.
 * @param members of the network, as far as known
 */
export function accused(
  known: KnownBefore | undefined,
  { incarnation, version, accusers, ageMs }: Accusation,
  nowMs: number,
  members: number,
): Suspicion | undefined {
  const shortestMs = suspicionTimeoutMs(MAX_ACCUSERS, members)
  const until = (since: Pick<Suspicion, 'sinceMs' | 'heardMs'>, accuserCount: number): number =>
    Math.max(since.sinceMs + suspicionTimeoutMs(accuserCount, members), since.heardMs + shortestMs)
  const before = known?.suspicion
  const age = before === undefined ? 1 : compareCounters({ incarnation, version }, before)
  if (before !== undefined && age <= 0) {
    const all = [...new Set([...before.accusers, ...accusers])].slice(0, MAX_ACCUSERS)
    const isMore = age === 0 && all.length > before.accusers.length
    return isMore ? { ...before, accusers: all, untilMs: until(before, all.length) } : before
  }
  const sinceMs = Math.min(
    nowMs,
    Math.max(nowMs - Math.min(ageMs, MAX_AGE_MS), known?.lastHeardMs ?? nowMs - MAX_AGE_MS),
  )
  const isNew = nowMs - (known?.knownMs ?? nowMs) < shortestMs
  const since = { sinceMs, heardMs: isNew ? Number.NEGATIVE_INFINITY : nowMs }
  return {
    incarnation,
    version,
    accusers: accusers.slice(0, MAX_ACCUSERS),
    ...since,
    untilMs: until(since, accusers.length),
  }
}

/** The same, had it all happened so much later. */
export function later(suspicion: Suspicion, byMs: number): Suspicion {
  const { sinceMs, heardMs, untilMs } = suspicion
  return { ...suspicion, sinceMs: sinceMs + byMs, heardMs: heardMs + byMs, untilMs: untilMs + byMs }
}

export function accusationOf(subject: string, suspicion: Suspicion, nowMs: number): Accusation {
  const { incarnation, version, accusers, sinceMs } = suspicion
  return { subject, incarnation, version, accusers, ageMs: Math.max(0, Math.round(nowMs - sinceMs)) }
}
