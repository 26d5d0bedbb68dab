/**
 * The additive Fourier transform: from the values of a polynomial on a linear subspace of the field to coefficients, and from
 * those to its values on any coset of the subspace, in a layer of butterflies per dimension.
 *
 * The basis of Lin, Chung and Han (Novel Polynomial Basis and Its Application to Reed–Solomon Erasure Codes, 2014) is made of
 * products of subspace polynomials: s_l(x) is the product of x + v over the span of the first l basis elements of the field.
 * It is linear, so a butterfly's factor is the same for all elements of a block.
 *
 * Elements are symbols, see xor-graph.ts, and go by their coordinates, see cauchy-slots.ts. A transform may be given part of
 * its layers and of the coordinates, as long as the partners of all are among them.
 */
import { pointAt } from './cauchy-slots.ts'
import { invert, multiply } from './galois.ts'
import type { Element, XorGraph } from './xor-graph.ts'

export type Elements = Map<number, Element>

/** Layers in ascending order, on the coordinates 0 to 2^dimensions − 1. */
export function interpolate(graph: XorGraph, elements: Elements, layers: readonly number[]): void {
  for (const layer of layers) {
    forEachButterfly(elements, layer, (low, high) => {
      const sum = graph.add(elements.get(high)!, elements.get(low)!)
      elements.set(high, sum)
      elements.set(low, graph.add(elements.get(low)!, graph.multiply(factorOf(layer, low), sum)))
    })
  }
}

/** Layers in descending order; `start` is the first coordinate of the coset, elements go by theirs within it. */
export function evaluate(graph: XorGraph, elements: Elements, layers: readonly number[], start: number): void {
  for (const layer of layers) {
    forEachButterfly(elements, layer, (low, high) => {
      const factor = factorOf(layer, start + low)
      const sum = graph.add(elements.get(low)!, graph.multiply(factor, elements.get(high)!))
      elements.set(low, sum)
      elements.set(high, graph.add(elements.get(high)!, sum))
    })
  }
}

function forEachButterfly(elements: Elements, layer: number, visit: (low: number, high: number) => void): void {
  const half = 1 << layer
  for (const coordinate of elements.keys()) if (!(coordinate & half)) visit(coordinate, coordinate | half)
}

/** The factor of the butterfly whose lower coordinate is `low`: s_l at the start of its block, scaled so that s_l(b_l) is 1. */
function factorOf(layer: number, low: number): number {
  const half = 1 << layer
  const start = low - (low % (2 * half))
  return multiply(subspacePolynomial(layer, pointAt(start)), invert(subspacePolynomial(layer, pointAt(half))))
}

function subspacePolynomial(dimensions: number, x: number): number {
  let value = 1
  for (let coordinate = 0; coordinate < 1 << dimensions; coordinate++) value = multiply(value, x ^ pointAt(coordinate))
  return value
}

/**
 * What turns the value at x of the polynomial that takes the values d_j at the points y_j of the subspace into the Cauchy sum
 * Σ d_j / (x + y_j): by Lagrange's formula the derivative of s_d, which is constant, divided by s_d(x).
 */
export function cauchyFactor(dimensions: number, x: number): number {
  let derivative = 1
  for (let coordinate = 1; coordinate < 1 << dimensions; coordinate++) {
    derivative = multiply(derivative, pointAt(coordinate))
  }
  return multiply(derivative, invert(subspacePolynomial(dimensions, x)))
}
