/*
 * Whether a peer is there is what this node itself has seen, and is never passed on: two nodes may rightly differ when the
 * link between them and a third one is cut. News is a record with a higher version, whoever brought it, or any bytes from
 * the peer itself. Silence makes a peer suspect, then down; a request that couldn't be delivered makes it suspect at
 * once, a second one with no news in between makes it down. News clears all of it. Down is a verdict about where to send
 * the next request, nothing more: it deletes no record and loses no data.
 *
 * With a heartbeat a second and records that reach everybody in 5 … 8 rounds, 3 s of silence are a few lost messages and
 * 8 s are most likely the peer.
 */
export type Availability = 'up' | 'suspect' | 'down'

export interface LivenessThresholds {
  /** Default 3,000. */
  readonly suspectAfterMs: number
  /** Default 8,000. */
  readonly downAfterMs: number
}

export const DEFAULT_THRESHOLDS: LivenessThresholds = { suspectAfterMs: 3_000, downAfterMs: 8_000 }

/** What this node has seen of one peer. */
export interface Evidence {
  /** On the monotonic clock. */
  readonly lastHeardMs: number
  /** Requests that couldn't be delivered since then, counted to 2. */
  readonly failures: number
}

export function withNews(evidence: Evidence, nowMs: number): Evidence {
  return { lastHeardMs: Math.max(evidence.lastHeardMs, nowMs), failures: 0 }
}

export function withFailure(evidence: Evidence): Evidence {
  return { lastHeardMs: evidence.lastHeardMs, failures: Math.min(evidence.failures + 1, 2) }
}

export function judge(evidence: Evidence, nowMs: number, thresholds: LivenessThresholds): Availability {
  const silentMs = nowMs - evidence.lastHeardMs
  if (silentMs >= thresholds.downAfterMs || evidence.failures >= 2) return 'down'
  if (silentMs >= thresholds.suspectAfterMs || evidence.failures === 1) return 'suspect'
  return 'up'
}
