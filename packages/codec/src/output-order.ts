/**
 * In what order to compute the outputs of an XOR program, so that few shared sums are alive at a time: each of them takes a
 * register or, when those are used up, a store and a load. Next comes whichever output has the last uses of most sums that are
 * alive and brings in fewest new ones. For the common groups such an order is as fast as the best that a long search finds.
 */
import type { XorProgram } from './recipe.ts'

/** For more outputs the search takes longer than it is worth. */
const maximumOutputs = 256

/** @param uses how often each pair's sum is used, by number of the pair */
export function outputOrder(program: XorProgram, uses: readonly number[]): number[] {
  const numbers = [...program.outputs.keys()]
  if (numbers.length > maximumOutputs) return numbers
  const search = new Search(program, uses)
  return numbers.map(() => search.next())
}

class Search {
  readonly #program: XorProgram
  readonly #left: Set<number>
  /** Uses of each sum that are still to come. */
  readonly #uses: number[]
  readonly #computed = new Set<number>()

  constructor(program: XorProgram, uses: readonly number[]) {
    this.#program = program
    this.#uses = [...uses]
    this.#left = new Set(program.outputs.keys())
  }

  next(): number {
    let best = -1
    let bestGain = Number.NEGATIVE_INFINITY
    for (const output of this.#left) {
      const gain = this.#gain(output)
      if (gain <= bestGain) continue
      best = output
      bestGain = gain
    }
    for (const [sum, uses] of this.#usesIn(best)) {
      this.#uses[sum]! -= uses
      this.#computed.add(sum)
    }
    this.#left.delete(best)
    return best
  }

  /** Sums that are alive before it and not after, less those that are alive after it and not before. */
  #gain(output: number): number {
    let gain = 0
    for (const [sum, uses] of this.#usesIn(output)) {
      const isOver = this.#uses[sum] === uses
      const isOld = this.#computed.has(sum)
      if (isOld && isOver) gain += 1
      if (!isOld && !isOver) gain -= 1
    }
    return gain
  }

  /** How often each sum is used when this output is computed next. */
  #usesIn(output: number): Map<number, number> {
    const { inputs, pairs, outputs } = this.#program
    const uses = new Map<number, number>()
    const count = (terms: readonly number[]): void => {
      for (const term of terms) {
        if (term < inputs) continue
        const sum = term - inputs
        const before = uses.get(sum) ?? 0
        uses.set(sum, before + 1)
        if (before === 0 && !this.#computed.has(sum)) count(pairs[sum]!)
      }
    }
    count(outputs[output]!)
    return uses
  }
}
