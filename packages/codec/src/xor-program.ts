/**
 * Turns a combination into sums of bit planes, and shares what the sums have in common.
 *
 * Multiplying by a constant of GF(2^8) is linear over GF(2): bit r of c · x is the XOR of those bits q of x for which bit r of
 * c · 2^q is set. On shards in the bit-sliced layout bits of many elements lie side by side in a plane, so a whole
 * combination is nothing but XORs of planes. When all coefficients are 0 or 1, planes do not mix and the same sums hold for
 * whole shards.
 *
 * Sums overlap a good deal. The pair of terms that occurs in most sums is computed once and replaced in all of them by a new
 * term, until no pair occurs twice (Paar, Optimized Arithmetic for Reed–Solomon Encoders, 1997). That halves the work.
 */
import { type Combination, isBinary } from './combination.ts'
import { multiply } from './galois.ts'
import { cellAt, type Matrix } from './matrix.ts'
import type { XorProgram } from './recipe.ts'

/** The sums of a combination as they are, nothing shared. */
export function planeSums(combination: Combination): XorProgram {
  const { coefficients } = combination
  const planes = isBinary(combination) ? 1 : 8
  const outputs = Array.from({ length: coefficients.rows * planes }, (_, output) =>
    termsOf(coefficients, planes, Math.floor(output / planes), output % planes),
  )
  return { planes, inputs: coefficients.columns * planes, pairs: [], outputs }
}

function termsOf(coefficients: Matrix, planes: number, row: number, plane: number): number[] {
  const terms: number[] = []
  for (let column = 0; column < coefficients.columns; column++) {
    const factor = cellAt(coefficients, row, column)
    for (let from = 0; from < planes; from++) {
      if ((multiply(factor, 1 << from) >> plane) & 1) terms.push(column * planes + from)
    }
  }
  return terms
}

/** The same sums with common pairs taken out. */
export function shareSums(program: XorProgram): XorProgram {
  const outputs = program.outputs.map((terms) => new Set(terms))
  const pairs: [number, number][] = []
  const counts = new PairCounts()
  for (const terms of program.outputs) {
    terms.forEach((a, index) => {
      for (const b of terms.slice(index + 1)) counts.add(a, b)
    })
  }
  for (let pair = counts.takeMostFrequent(); pair; pair = counts.takeMostFrequent()) {
    const [a, b] = pair
    const shared = program.inputs + pairs.length
    pairs.push([a, b])
    for (const terms of outputs) {
      if (!terms.has(a) || !terms.has(b)) continue
      terms.delete(a)
      terms.delete(b)
      for (const term of terms) {
        counts.remove(a, term)
        counts.remove(b, term)
        counts.add(shared, term)
      }
      terms.add(shared)
    }
  }
  return { ...program, pairs, outputs: outputs.map((terms) => [...terms]) }
}

/** More than the terms of any program. */
const termLimit = 1 << 20

/** How often each pair of terms occurs together, with the most frequent at hand. */
class PairCounts {
  readonly #counts = new Map<number, number>()
  /** By count: pairs that had this count at some time. Those that have another by now are skipped when found. */
  readonly #candidates: number[][] = []

  add(a: number, b: number): void {
    this.#set(a, b, 1)
  }

  remove(a: number, b: number): void {
    this.#set(a, b, -1)
  }

  #set(a: number, b: number, change: 1 | -1): void {
    const key = a < b ? a * termLimit + b : b * termLimit + a
    const count = (this.#counts.get(key) ?? 0) + change
    if (count === 0) this.#counts.delete(key)
    else this.#counts.set(key, count)
    if (count < 2) return
    this.#candidates[count] ??= []
    this.#candidates[count].push(key)
  }

  /** A pair that occurs most often, and at least twice. It is forgotten: the caller replaces all its occurrences. */
  takeMostFrequent(): [number, number] | undefined {
    while (this.#candidates.length > 2) {
      const count = this.#candidates.length - 1
      const key = this.#candidates[count]?.pop()
      if (key === undefined) {
        this.#candidates.pop()
      } else if (this.#counts.get(key) === count) {
        this.#counts.delete(key)
        return [Math.floor(key / termLimit), key % termLimit]
      }
    }
    return undefined
  }
}

/** XORs of vectors the program takes per plane position. */
export function xorCount({ pairs, outputs }: XorProgram): number {
  return pairs.length + outputs.reduce((sum, terms) => sum + Math.max(0, terms.length - 1), 0)
}
