/** XORs of bit planes as they arise in computing with field elements symbolically, each kept once. */
import { matrix } from './matrix.ts'
import type { XorProgram } from './recipe.ts'
import { planeSums, shareSums } from './xor-program.ts'

/** A field element as eight terms of a program, one per bit. */
export type Element = readonly number[]

/** The term that is always zero; it never gets into a program. */
const zeroTerm = -1
export const zeroElement: Element = Array(8).fill(zeroTerm)

/** More than the terms of any program. */
const termLimit = 1 << 20

const multipliers = new Map<number, XorProgram>()

/** The eight sums a product with a constant consists of. There are 255 of them at most. */
function multiplier(factor: number): XorProgram {
  let program = multipliers.get(factor)
  if (!program) {
    program = shareSums(planeSums({ sources: [0], targets: [1], coefficients: matrix(1, 1, () => factor) }))
    multipliers.set(factor, program)
  }
  return program
}

export class XorGraph {
  readonly #inputs: number
  readonly #pairs: (readonly [number, number])[] = []
  readonly #known = new Map<number, number>()

  constructor(sources: number) {
    this.#inputs = 8 * sources
  }

  input(source: number): Element {
    return Array.from({ length: 8 }, (_, bit) => 8 * source + bit)
  }

  add(a: Element, b: Element): Element {
    return a.map((term, bit) => this.#xor(term, b[bit]!))
  }

  multiply(factor: number, element: Element): Element {
    if (factor === 0) return zeroElement
    if (factor === 1) return element
    const { pairs, outputs } = multiplier(factor)
    const terms = [...element]
    for (const [a, b] of pairs) terms.push(this.#xor(terms[a]!, terms[b]!))
    return outputs.map((summands) => summands.reduce((sum, term) => this.#xor(sum, terms[term]!), zeroTerm))
  }

  program(outputs: readonly Element[]): XorProgram {
    const sums = outputs.flatMap((element) => element.map((term) => (term === zeroTerm ? [] : [term])))
    return { planes: 8, inputs: this.#inputs, pairs: this.#pairs, outputs: sums }
  }

  #xor(a: number, b: number): number {
    if (a === zeroTerm) return b
    if (b === zeroTerm) return a
    if (a === b) return zeroTerm
    const key = a < b ? a * termLimit + b : b * termLimit + a
    let term = this.#known.get(key)
    if (term === undefined) {
      term = this.#inputs + this.#pairs.length
      this.#pairs.push([a, b])
      this.#known.set(key, term)
    }
    return term
  }
}
