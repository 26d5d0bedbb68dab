/**
 * Finds shards that are silently wrong, from the shards alone.
 *
 * If the shards of a set E are wrong, the syndrome at every position is a sum of the columns of the check matrix that belong
 * to E. A wrong shard is usually wrong in many positions in unrelated ways, so that the syndromes of all positions together
 * span exactly the space of those columns; then a shard is wrong if and only if its column lies in that space, and no search
 * is needed (Metzner and Kapturowski, A General Decoding Technique Applicable to Replicated File Disagreement Location and
 * Concatenated Code Decoding, 1990). Only when errors are correlated, and span less, are small sets tried one by one.
 *
 * With s shards erased and a code that survives any d − 1 losses, t errors have only one explanation of that size when
 * 2 · t + s ≤ d − 1. Beyond that an explanation may still be the only one among those as small; it is then reported as likely.
 */
import type { Combination } from './combination.ts'
import { invert, multiply } from './galois.ts'
import type { Layout, LinearCode } from './linear-code.ts'
import { addScaled, cellAt, type Matrix } from './matrix.ts'
import { slicedElements } from './syndrome.ts'

export interface Diagnosis {
  /**
   * `clean`: all shards agree. `located`: the wrong shards are known for certain, provided that no more than the code can tell
   * apart are wrong. `likely`: a single smallest explanation, but more errors than the code guarantees to locate. `undecided`:
   * something is wrong, or too few shards are there to tell, and the code cannot say what.
   */
  readonly verdict: 'clean' | 'located' | 'likely' | 'undecided'
  /** Numbers of the wrong shards, ascending; empty when clean or undecided. */
  readonly wrong: readonly number[]
}

/** Sets tried before giving up. */
const maximumTrials = 20_000

/**
 * @param equations those that hold without the shards that are not there
 * @param syndromes their sums over the shards that are, piece by piece
 */
export function locate(
  { layout, tolerance, totalShards }: LinearCode,
  equations: Combination,
  syndromes: Iterable<readonly Uint8Array[]>,
): Diagnosis {
  if (equations.targets.length === 0) return { verdict: 'undecided', wrong: [] }
  const space = new Space(equations.targets.length)
  for (const sums of syndromes) collect(space, sums, layout)
  if (space.dimension === 0) return { verdict: 'clean', wrong: [] }
  const guaranteed = Math.floor((tolerance - (totalShards - equations.sources.length)) / 2)
  const columns = equations.sources.map((shard, column) => ({
    shard,
    column: columnOf(equations.coefficients, column),
  }))
  const suspects = columns.filter(({ column }) => space.has(column))
  if (suspects.length === space.dimension && spaceOf(suspects).dimension === space.dimension) {
    const verdict = suspects.length <= guaranteed ? 'located' : 'likely'
    return { verdict, wrong: numbersOf(suspects) }
  }
  const found = search(columns, space, guaranteed)
  return found ? { verdict: 'located', wrong: numbersOf(found) } : { verdict: 'undecided', wrong: [] }
}

/** A shard that may be wrong, and its column of the check matrix. */
interface Candidate {
  readonly shard: number
  readonly column: Uint8Array
}

function numbersOf(candidates: readonly Candidate[]): number[] {
  return candidates.map(({ shard }) => shard).sort((a, b) => a - b)
}

function collect(space: Space, sums: readonly Uint8Array[], layout: Layout): void {
  for (let position = 0; position < sums[0]!.length && !space.isFull; position++) {
    const elements = layout === 'bits' ? slicedElements(sums, position) : Uint8Array.from(sums, (sum) => sum[position]!)
    if (elements.some((element) => element !== 0)) space.add(elements)
  }
}

function columnOf(checks: Matrix, column: number): Uint8Array {
  return Uint8Array.from({ length: checks.rows }, (_, row) => cellAt(checks, row, column))
}

function spaceOf(candidates: readonly Candidate[]): Space {
  const space = new Space(candidates[0]!.column.length)
  for (const { column } of candidates) space.add(column)
  return space
}

/** The only set of at most `largest` shards whose columns span the space, if there is one. */
function search(candidates: readonly Candidate[], space: Space, largest: number): readonly Candidate[] | undefined {
  let trials = maximumTrials
  const extend = (chosen: readonly Candidate[], from: number, size: number): readonly Candidate[] | undefined => {
    if (chosen.length === size) {
      trials--
      return spaceOf(chosen).includes(space) ? chosen : undefined
    }
    for (let index = from; index < candidates.length && trials > 0; index++) {
      const found = extend([...chosen, candidates[index]!], index + 1, size)
      if (found) return found
    }
    return undefined
  }
  for (let size = space.dimension + 1; size <= largest; size++) {
    const found = extend([], 0, size)
    if (found) return found
  }
  return undefined
}

/** A vector space over GF(2^8), by a basis in echelon form. */
class Space {
  readonly #basis: { readonly vector: Uint8Array; readonly pivot: number }[] = []
  readonly #length: number

  constructor(length: number) {
    this.#length = length
  }

  get dimension(): number {
    return this.#basis.length
  }

  get isFull(): boolean {
    return this.#basis.length === this.#length
  }

  add(vector: Uint8Array): void {
    const rest = this.#reduce(vector)
    const pivot = rest.findIndex((element) => element !== 0)
    if (pivot === -1) return
    const scale = invert(rest[pivot]!)
    this.#basis.push({ vector: rest.map((element) => multiply(scale, element)), pivot })
  }

  has(vector: Uint8Array): boolean {
    return this.#reduce(vector).every((element) => element === 0)
  }

  includes(other: Space): boolean {
    return other.#basis.every(({ vector }) => this.has(vector))
  }

  #reduce(vector: Uint8Array): Uint8Array {
    const rest = vector.slice()
    for (const { vector: known, pivot } of this.#basis) addScaled(rest, rest[pivot]!, known)
    return rest
  }
}
