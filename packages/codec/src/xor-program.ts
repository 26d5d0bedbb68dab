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
  // Every pair taken out makes the sums two terms shorter at least.
  const termLimit = program.inputs + (program.outputs.flat().length >> 1)
  const counts = new PairCounts(termLimit)
  for (const terms of program.outputs) {
    for (let first = 0; first < terms.length; first++) {
      for (let second = 0; second < first; second++) counts.add(terms[first]!, terms[second]!)
    }
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

/** How often each pair of terms occurs together, with the most frequent at hand. */
class PairCounts {
  readonly #termLimit: number
  readonly #counts: Uint16Array
  /** By count: pairs that had this count at some time. Those that have another by now are skipped when found. */
  readonly #candidates: number[][] = []

  constructor(termLimit: number) {
    this.#termLimit = termLimit
    this.#counts = new Uint16Array(termLimit * termLimit)
  }

  add(a: number, b: number): void {
    const key = this.#keyOf(a, b)
    const count = ++this.#counts[key]!
    if (count > 1) this.#enlist(key, count)
  }

  remove(a: number, b: number): void {
    const key = this.#keyOf(a, b)
    const count = --this.#counts[key]!
    if (count > 1) this.#enlist(key, count)
  }

  #keyOf(a: number, b: number): number {
    return a < b ? a * this.#termLimit + b : b * this.#termLimit + a
  }

  #enlist(key: number, count: number): void {
    while (this.#candidates.length <= count) this.#candidates.push([])
    this.#candidates[count]!.push(key)
  }

  /** A pair that occurs most often, and at least twice. It is forgotten: the caller replaces all its occurrences. */
  takeMostFrequent(): [number, number] | undefined {
    for (; this.#candidates.length > 0; this.#candidates.pop()) {
      const count = this.#candidates.length - 1
      for (let key = this.#candidates[count]!.pop(); key !== undefined; key = this.#candidates[count]!.pop()) {
        if (this.#counts[key] !== count) continue
        this.#counts[key] = 0
        return [Math.floor(key / this.#termLimit), key % this.#termLimit]
      }
    }
    return undefined
  }
}

/** XORs of vectors the program takes per plane position. */
export function xorCount({ pairs, outputs }: XorProgram): number {
  return pairs.length + outputs.reduce((sum, terms) => sum + Math.max(0, terms.length - 1), 0)
}
