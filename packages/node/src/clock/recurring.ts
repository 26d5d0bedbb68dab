/** Work in the background that is never done for good: a pass over it, a rest, another pass. */
import type { Clock } from '../ports/clock.ts'
import { sleep } from './sleep.ts'

export interface RecurringParts {
  readonly clock: Clock
  /** Between two passes. */
  readonly restMs: number
  /**
   * @param stop aborted when no more is to be done
   * @param changed aborted when there is more to do, or less
   */
  readonly pass: (stop: AbortSignal, changed: AbortSignal) => Promise<void>
  /** What a pass threw that was not interrupted. */
  readonly onError: (error: unknown) => void
}

export class Recurring {
  readonly #parts: RecurringParts
  readonly #stop = new AbortController()
  #changed = new AbortController()
  #running: Promise<void> | undefined

  constructor(parts: RecurringParts) {
    this.#parts = parts
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** There is more to do, or less: ends a rest. */
  wake(): void {
    this.#changed.abort()
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { clock, restMs, pass, onError } = this.#parts
    const { signal: stop } = this.#stop
    while (!stop.aborted) {
      this.#changed = new AbortController()
      const { signal: changed } = this.#changed
      const either = AbortSignal.any([stop, changed])
      await pass(stop, changed).catch((error: unknown) => {
        if (!either.aborted) onError(error)
      })
      await sleep(clock, restMs, either).catch(() => {})
    }
  }
}
