import { onAbort } from '../on-abort.ts'
import type { Clock } from '../ports/clock.ts'

/** Resolves `durationMs` from now. Rejects with the signal's reason as soon as it is aborted. */
export function sleep(clock: Clock, durationMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer(durationMs, () => {
      forget?.()
      resolve()
    })
    const forget =
      signal &&
      onAbort(signal, (reason) => {
        timer.cancel()
        reject(reason)
      })
  })
}
