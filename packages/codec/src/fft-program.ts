/**
 * The parity of wide Reed–Solomon groups by a fast Fourier transform, in O(n log n) multiplications instead of n².
 *
 * A Cauchy sum Σ_j d_j / (x + y_j) is, up to a factor that depends on x alone, the value at x of the polynomial that takes the
 * values d_j at the points y_j. With the points y_j filling a linear subspace of the field and the points x in its cosets,
 * interpolating and evaluating are additive Fourier transforms in the basis of Lin, Chung and Han (Novel Polynomial Basis and
 * Its Application to Reed–Solomon Erasure Codes, 2014): layers of butterflies, one per dimension. Absent slots are zeros and
 * vanish from the computation.
 *
 * Here the transform is carried out on symbols for bit planes rather than on bytes. Every XOR it would do becomes a pair of
 * an XOR program, equal ones once, and the program compiles like any other. It computes the very same parities as the matrix.
 */
import { coordinateOf, dataFactor, parityFactor, pointAt } from './cauchy-slots.ts'
import type { XorProgram } from './combination.ts'
import { invert, multiply } from './galois.ts'
import { matrix } from './matrix.ts'
import { planeSums, shareSums } from './xor-program.ts'

/** A field element as eight terms of the program, one per bit. */
type Element = readonly number[]

/** The term that is always zero; it never gets into a program. */
const zeroTerm = -1
const zeroElement: Element = Array(8).fill(zeroTerm)

/** The dimension of the smallest subspace that holds the points of that many data slots. */
function dimensionsOf(dataShards: number): number {
  const coordinates = Array.from({ length: dataShards }, (_, slot) => coordinateOf(slot))
  return Math.ceil(Math.log2(Math.max(...coordinates) + 1))
}

/** Whether all parity points lie outside the subspace of the data points, as the transform requires. */
export function canTransform(dataShards: number, parityShards: number): boolean {
  return 1 << dimensionsOf(dataShards) <= 256 - parityShards
}

/** The sums of `cauchyParity(dataShards, parityShards)`, where {@link canTransform}. */
export function fftProgram(dataShards: number, parityShards: number): XorProgram {
  const graph = new XorGraph(8 * dataShards)
  const dimensions = dimensionsOf(dataShards)
  const size = 1 << dimensions
  const values: Element[] = Array(size).fill(zeroElement)
  for (let slot = 0; slot < dataShards; slot++) {
    const input = Array.from({ length: 8 }, (_, bit) => 8 * slot + bit)
    values[coordinateOf(slot)] = graph.multiply(dataFactor(slot), input)
  }
  const coefficients = interpolate(graph, values, dimensions)
  const cosets = new Map<number, Element[]>()
  const outputs: number[][] = []
  for (let parity = 0; parity < parityShards; parity++) {
    const coordinate = coordinateOf(255 - parity)
    const start = coordinate - (coordinate % size)
    const coset = cosets.get(start) ?? evaluate(graph, coefficients, dimensions, start)
    cosets.set(start, coset)
    const factor = multiply(parityFactor(parity), cauchyFactor(dimensions, pointAt(coordinate)))
    const parityElement = graph.multiply(factor, coset[coordinate % size]!)
    outputs.push(...parityElement.map((term) => (term === zeroTerm ? [] : [term])))
  }
  return { planes: 8, inputs: 8 * dataShards, pairs: graph.pairs, outputs }
}

/** From values on the subspace to coefficients in the basis. */
function interpolate(graph: XorGraph, values: readonly Element[], dimensions: number): Element[] {
  const work = [...values]
  for (let layer = 0; layer < dimensions; layer++) {
    forEachButterfly(dimensions, layer, 0, (low, high, factor) => {
      work[high] = graph.add(work[high]!, work[low]!)
      work[low] = graph.add(work[low]!, graph.multiply(factor, work[high]!))
    })
  }
  return work
}

/** From coefficients to values on the coset whose first coordinate is `start`. */
function evaluate(graph: XorGraph, coefficients: readonly Element[], dimensions: number, start: number): Element[] {
  const work = [...coefficients]
  for (let layer = dimensions - 1; layer >= 0; layer--) {
    forEachButterfly(dimensions, layer, start, (low, high, factor) => {
      work[low] = graph.add(work[low]!, graph.multiply(factor, work[high]!))
      work[high] = graph.add(work[high]!, work[low]!)
    })
  }
  return work
}

function forEachButterfly(
  dimensions: number,
  layer: number,
  start: number,
  visit: (low: number, high: number, factor: number) => void,
): void {
  const half = 1 << layer
  const scale = invert(subspacePolynomial(layer, pointAt(half)))
  for (let block = 0; block < 1 << dimensions; block += 2 * half) {
    const factor = multiply(scale, subspacePolynomial(layer, pointAt(start + block)))
    for (let low = block; low < block + half; low++) visit(low, low + half, factor)
  }
}

/** The product of x + v over the span of the first basis elements; zero on it, and linear. */
function subspacePolynomial(dimensions: number, x: number): number {
  let value = 1
  for (let coordinate = 0; coordinate < 1 << dimensions; coordinate++) value = multiply(value, x ^ pointAt(coordinate))
  return value
}

/** What turns the value at x of the interpolating polynomial into the Cauchy sum. */
function cauchyFactor(dimensions: number, x: number): number {
  let derivative = 1
  for (let coordinate = 1; coordinate < 1 << dimensions; coordinate++) {
    derivative = multiply(derivative, pointAt(coordinate))
  }
  return multiply(derivative, invert(subspacePolynomial(dimensions, x)))
}

/** XORs of terms, each computed once. */
class XorGraph {
  readonly pairs: (readonly [number, number])[] = []
  readonly #inputs: number
  readonly #known = new Map<string, number>()
  readonly #multipliers = new Map<number, XorProgram>()

  constructor(inputs: number) {
    this.#inputs = inputs
  }

  add(a: Element, b: Element): Element {
    return a.map((term, bit) => this.#xor(term, b[bit]!))
  }

  multiply(factor: number, element: Element): Element {
    if (factor === 0) return zeroElement
    if (factor === 1) return element
    const { pairs, outputs } = this.#multiplier(factor)
    const terms = [...element]
    for (const [a, b] of pairs) terms.push(this.#xor(terms[a]!, terms[b]!))
    return outputs.map((summands) => summands.reduce((sum, term) => this.#xor(sum, terms[term]!), zeroTerm))
  }

  #multiplier(factor: number): XorProgram {
    let program = this.#multipliers.get(factor)
    if (!program) {
      program = shareSums(planeSums({ sources: [0], targets: [1], coefficients: matrix(1, 1, () => factor) }))
      this.#multipliers.set(factor, program)
    }
    return program
  }

  #xor(a: number, b: number): number {
    if (a === zeroTerm) return b
    if (b === zeroTerm) return a
    if (a === b) return zeroTerm
    const key = a < b ? `${a} ${b}` : `${b} ${a}`
    let term = this.#known.get(key)
    if (term === undefined) {
      term = this.#inputs + this.pairs.length
      this.pairs.push([a, b])
      this.#known.set(key, term)
    }
    return term
  }
}
