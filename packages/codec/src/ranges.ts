/**
 * The ranges of a job, taken one at a time by whichever thread is free, large ones first (guided self-scheduling, Polychronopoulos
 * and Kuck, 1987). A thread that wakes up late or runs slowly takes fewer, and the last ranges are so small that nobody
 * waits long for another. One number in shared memory says how much is taken.
 */
import type { ShardMemory } from './shard-memory.ts'

/** Ranges start at multiples of this. */
const unitBytes = 4096
/** Where a range is no longer worth the taking. */
const leastUnits = 16

export interface Range {
  readonly fromBytes: number
  readonly toBytes: number
}

export class Ranges {
  readonly #takenUnits: Int32Array

  constructor({ memory, controlAtBytes }: ShardMemory) {
    this.#takenUnits = new Int32Array(memory.buffer, controlAtBytes, 1)
  }

  /** Nothing is taken any more. Only when no thread is at work. */
  reset(): void {
    Atomics.store(this.#takenUnits, 0, 0)
  }

  /** A range that is now the caller's to do: half of what would be its share of the rest. Undefined when all is taken. */
  take(lengthBytes: number, threads: number): Range | undefined {
    for (;;) {
      const taken = Atomics.load(this.#takenUnits, 0)
      const leftUnits = Math.ceil(lengthBytes / unitBytes) - taken
      if (leftUnits <= 0) return undefined
      const units = Math.max(leastUnits, Math.ceil(leftUnits / (2 * threads)))
      if (Atomics.compareExchange(this.#takenUnits, 0, taken, taken + units) !== taken) continue
      const fromBytes = taken * unitBytes
      return { fromBytes, toBytes: Math.min(lengthBytes, fromBytes + units * unitBytes) }
    }
  }
}
