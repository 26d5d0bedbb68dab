import { CodedError } from '../coded-error.ts'
import { onAbort } from '../on-abort.ts'
import type { Clock, Timer } from '../ports/clock.ts'

/** The time allowed for something has passed. */
export class DeadlineError extends CodedError<'TIMEOUT'> {
  constructor(durationMs: number) {
    super('TIMEOUT', `not done within ${durationMs} ms`, { retryable: true })
  }
}

/** Ends something when its time is up, or together with an outer signal before that. */
export class Deadline {
  readonly #timer: Timer
  #forgetOuter = (): void => {}
  #controller: AbortController | undefined
  #end: { readonly reason: unknown } | undefined
  #listener: ((reason: unknown) => void) | undefined

  constructor(clock: Clock, durationMs: number, outer?: AbortSignal) {
    this.#timer = clock.setTimer(durationMs, () => this.abort(new DeadlineError(durationMs)))
    if (outer !== undefined) this.#forgetOuter = onAbort(outer, (reason) => this.abort(reason))
  }

  /**
   * Aborted with a {@link DeadlineError} when the time is up, or with the outer signal's reason. Made when it is asked for: every
   * request has a deadline, few look at it, and a signal takes as long to make as all the rest of it.
   */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#end !== undefined) this.#controller.abort(this.#end.reason)
    }
    return this.#controller.signal
  }

  /** What has ended it, unless it is still running. */
  get end(): { readonly reason: unknown } | undefined {
    return this.#end
  }

  /** Calls `listener` when it ends, at once if it has. There is one at a time; `undefined` forgets it. */
  onEnd(listener: ((reason: unknown) => void) | undefined): void {
    this.#listener = listener
    if (this.#end !== undefined) listener?.(this.#end.reason)
  }

  /** Ends it before the time is up. */
  abort(reason: unknown): void {
    this.dispose()
    if (this.#end !== undefined) return
    this.#end = { reason }
    this.#controller?.abort(reason)
    this.#listener?.(reason)
  }

  /** Lets go of the timer and the outer signal; call it when the work is over, however it ended. */
  dispose(): void {
    this.#timer.cancel()
    this.#forgetOuter()
  }
}

/** A deadline `durationMs` from now. */
export function deadline(clock: Clock, durationMs: number, outer?: AbortSignal): Deadline {
  return new Deadline(clock, durationMs, outer)
}
