/** When everyone has gone, nothing goes on: no timer waits, no promise was rejected with nobody listening. */
import { Violation } from '../violation.ts'
import type { World } from '../world.ts'

/** What is on its way when a peer closes may take as long to end. */
const windDownMs = 30_000

/** @throws Violation quiescence */
export async function nothingGoesOn(world: World): Promise<void> {
  await world.clock.settle(world.cluster.network.close(), { withinMs: windDownMs })
  await world.clock.advance(windDownMs)
  if (world.clock.pendingCount === 0) return
  throw new Violation(
    'quiescence',
    `${world.clock.pendingCount} timers are left ${windDownMs} ms after everyone has gone`,
  )
}

/** Collects rejections that nobody handles, until `end` is called. */
export function watchRejections(): { end(): void; check(): void } {
  const rejections: unknown[] = []
  const note = (reason: unknown): void => void rejections.push(reason)
  process.on('unhandledRejection', note)
  return {
    end: () => void process.off('unhandledRejection', note),
    /** @throws Violation quiescence */
    check() {
      const [cause] = rejections
      if (rejections.length > 0) throw new Violation('quiescence', `a failure that nobody handles: ${cause}`, { cause })
    },
  }
}
