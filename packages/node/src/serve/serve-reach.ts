/** What a node answers to others who want to know whether it can dial them. */

import { deadline } from '../clock/deadline.ts'
import { RateLimit } from '../clock/rate-limit.ts'
import { CodedError } from '../coded-error.ts'
import { reachTry } from '../messages/reach-messages.ts'
import type { Clock } from '../ports/clock.ts'
import type { Transport } from '../ports/transport.ts'
import type { Handler } from '../protocol/handler.ts'
import { handler } from './handler.ts'

class ReachError extends CodedError<'OVERLOADED'> {}

/** A handshake or none: a firewall may swallow what is sent to it. */
const dialTimeoutMs = 4_000
/** Of one member; it asks at most once a minute in earnest. */
const rate = { perSecond: 1 / 15, burst: 4 }
const dialsAtOnce = 8

/** @returns the handler of reach.try */
export function reachHandler(transport: Pick<Transport, 'dialBack'>, clock: Clock): [string, Handler] {
  const limit = new RateLimit(clock, rate)
  let underWay = 0
  return handler(reachTry, async ({ addresses }, { from, signal }) => {
    if (underWay >= dialsAtOnce || !limit.admits(from.peerId)) {
      throw new ReachError('OVERLOADED', 'this node was asked to dial too often', { retryable: true })
    }
    underWay += 1
    const time = deadline(clock, dialTimeoutMs, signal)
    try {
      const reached = await transport.dialBack(from.peerId, addresses, { signal: time.signal }).catch(() => false)
      return { head: { reached } }
    } finally {
      time.dispose()
      underWay -= 1
    }
  })
}
