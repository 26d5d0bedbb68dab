import { CodedError } from '../coded-error.ts'
import { onAbort } from '../on-abort.ts'
import type { Clock } from '../ports/clock.ts'

/** The time allowed for something has passed. */
export class DeadlineError extends CodedError<'TIMEOUT'> {
  constructor(durationMs: number) {
    super('TIMEOUT', `not done within ${durationMs} ms`, { retryable: true })
  }
}

export interface Deadline {
  /** Aborted with a {@link DeadlineError} when the time is up, or with the outer signal's reason before that. */
  readonly signal: AbortSignal
  /** Aborts the signal before the time is up. */
  abort(reason: unknown): void
  /** Lets go of the timer and the outer signal; call it when the work is over, however it ended. */
  dispose(): void
}

/** A signal that is aborted `durationMs` from now, or together with `outer`. */
export function deadline(clock: Clock, durationMs: number, outer?: AbortSignal): Deadline {
  const controller = new AbortController()
  let forgetOuter = (): void => {}
  const dispose = (): void => {
    timer.cancel()
    forgetOuter()
  }
  const abort = (reason: unknown): void => {
    dispose()
    controller.abort(reason)
  }
  const timer = clock.setTimer(durationMs, () => abort(new DeadlineError(durationMs)))
  if (outer !== undefined) forgetOuter = onAbort(outer, abort)
  return { signal: controller.signal, abort, dispose }
}
