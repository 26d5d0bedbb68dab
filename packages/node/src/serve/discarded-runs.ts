/**
 * Which encode runs were deleted lately. A writer that gives up deletes what it has stored, but some of it may still be on
 * its way, over another stream or through a network that just heals, and would arrive after the deletion and stay for ever.
 * So a node that was asked to delete shards of a run takes no more of it for a while.
 */
import { CodedError } from '../coded-error.ts'

class DiscardedError extends CodedError<'RUN_DISCARDED'> {}

/** Remembered at a time, 16 B each; the oldest is forgotten first. */
const maximumRuns = 4096

export class DiscardedRuns {
  readonly #runs = new Set<string>()

  add(runId: Uint8Array): void {
    const key = keyOf(runId)
    this.#runs.delete(key)
    this.#runs.add(key)
    const [oldest] = this.#runs
    if (this.#runs.size > maximumRuns && oldest !== undefined) this.#runs.delete(oldest)
  }

  has(runId: Uint8Array): boolean {
    return this.#runs.has(keyOf(runId))
  }

  /** @throws DiscardedError RUN_DISCARDED */
  assertWanted(runId: Uint8Array): void {
    if (this.has(runId)) throw new DiscardedError('RUN_DISCARDED', 'the object this belongs to has been deleted')
  }
}

function keyOf(runId: Uint8Array): string {
  return Buffer.from(runId).toString('latin1')
}
