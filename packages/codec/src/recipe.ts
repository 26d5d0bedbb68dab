/** How to compute a combination by XORs of planes, in one step or several. */
export interface Recipe {
  /** Made anew each time it is asked for, step by step, so that the work of making it can be spread out. */
  steps(): Iterable<XorStep>
  /** How many shards of intermediate results the steps use. */
  readonly intermediates: number
  /** The steps are at hand: there is nothing to search for, and no reason to start without them. */
  readonly isPrepared: boolean
}

/** One XOR program with what it reads and writes: numbers of shards, and of intermediate results, see `intermediate`. */
export interface XorStep {
  readonly sources: readonly number[]
  /** None of them a source. */
  readonly targets: readonly number[]
  readonly program: XorProgram
  /** Adds to what the targets hold instead of overwriting it. */
  readonly accumulate: boolean
}

export interface XorProgram {
  /** Planes per shard that the program tells apart: 8, or 1 when all coefficients are 0 or 1. */
  readonly planes: 1 | 8
  /** Terms below this number are inputs: plane `term % planes` of source `floor(term / planes)`. */
  readonly inputs: number
  /** Term `inputs + i` is the XOR of this pair of earlier terms. */
  readonly pairs: readonly (readonly [number, number])[]
  /** Plane by plane of target by target: the terms to add up. */
  readonly outputs: readonly (readonly number[])[]
}

/** What a step calls intermediate result `index`. Shard numbers are not negative. */
export function intermediate(index: number): number {
  return ~index
}

export function isIntermediate(operand: number): boolean {
  return operand < 0
}

/** Undoes {@link intermediate}. */
export function intermediateIndex(operand: number): number {
  return ~operand
}
