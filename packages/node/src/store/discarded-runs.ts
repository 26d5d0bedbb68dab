/**
 * Which encode runs were deleted lately, and by that which objects. Two kinds of shards come after their deletion and would
 * stay for ever. A writer that gives up deletes what it has stored, but some of it may still be on its way, over another
 * stream or through a network that just heals. And a disk that was unplugged when an object was deleted brings back what it
 * holds. So a node that was asked to delete shards of a run takes no more of it for a while, and units that are away are
 * compared with the list when they are back.
 */
export interface RunMemory {
  /** Remembers that a run is to be deleted, durably where it has to outlive the process. @throws StoreError */
  discard(runId: Uint8Array): Promise<void>
  isDiscarded(runId: Uint8Array): boolean
}

/** Remembered at a time, 16 B each; the oldest is forgotten first. */
export const maximumDiscardedRuns = 1 << 14

export class DiscardedRuns implements RunMemory {
  readonly #runs = new Set<string>()

  constructor(runIds: Iterable<Uint8Array> = []) {
    for (const runId of runIds) this.add(runId)
  }

  /** The oldest first. */
  get all(): Uint8Array[] {
    return [...this.#runs].map((key) => Uint8Array.from(Buffer.from(key, 'latin1')))
  }

  get size(): number {
    return this.#runs.size
  }

  add(runId: Uint8Array): void {
    const key = keyOf(runId)
    this.#runs.delete(key)
    this.#runs.add(key)
    const [oldest] = this.#runs
    if (this.#runs.size > maximumDiscardedRuns && oldest !== undefined) this.#runs.delete(oldest)
  }

  async discard(runId: Uint8Array): Promise<void> {
    this.add(runId)
  }

  isDiscarded(runId: Uint8Array): boolean {
    return this.#runs.has(keyOf(runId))
  }
}

function keyOf(runId: Uint8Array): string {
  return Buffer.from(runId).toString('latin1')
}
