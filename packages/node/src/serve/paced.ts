import { RateLimit } from '../clock/rate-limit.ts'
import { sleep } from '../clock/sleep.ts'
import type { Clock } from '../ports/clock.ts'
import type { Handler } from '../protocol/handler.ts'

/** Above what a peer can ask for in earnest on one connection, below what keeps this one from serving others. */
const defaultRequestsPerSecond = 20_000

/** Lets those wait who ask faster than they may. A request that is about many shards counts as that many. */
export function paced(answer: Handler, clock: Clock, requestsPerSecond = defaultRequestsPerSecond): Handler {
  const pace = new RateLimit(clock, { perSecond: requestsPerSecond, burst: requestsPerSecond })
  return async (request) => {
    const delayMs = pace.delayMs(request.from.peerId, worthOf(request.head))
    if (delayMs >= 1) await sleep(clock, delayMs, request.signal)
    return answer(request)
  }
}

/** Nothing is known of the head but that it was well-formed. */
function worthOf(head: unknown): number {
  const { ids, shards } = (head ?? {}) as { readonly ids?: unknown; readonly shards?: unknown }
  const things = ids ?? shards
  return Array.isArray(things) ? Math.max(1, things.length) : 1
}
