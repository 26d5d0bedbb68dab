/**
 * Reed–Solomon parity: k data shards, m parities, any k of the k + m rebuild the rest.
 *
 * Two matrices with that property:
 *
 * Vandermonde, the convention of Backblaze, klauspost and reed-solomon-erasure: row r holds r^0 … r^(k−1), the whole
 * multiplied by the inverse of its top square so that data stay verbatim. Its coefficients change whenever k does.
 *
 * Cauchy by slots, ours: data slot j and parity slot i own fixed points y_j and x_i of the field, all different, and the
 * coefficient is f_i · (x_0 + y_j) / (x_i + y_j), a Cauchy matrix with scaled rows and columns. Every square submatrix of
 * that is invertible, and no coefficient depends on k or m: a member joins or leaves by touching the parities alone, and an
 * absent slot counts as zero. The scaling makes parity 0 the plain sum. Order of points and factors f_i are chosen to make
 * the first rows sparse as bit matrices, which is what the XOR kernel pays for; any other choice would be as correct.
 * (Blömer et al., An XOR-Based Erasure-Resilient Coding Scheme, 1995; Plank and Xu, Optimizing Cauchy Reed–Solomon Codes,
 * 2006.)
 */
import { cauchyElement, dataFactor, parityFactor } from './cauchy-slots.ts'
import { multiply, power } from './galois.ts'
import { inverse, type Matrix, matrix, product } from './matrix.ts'

export function vandermondeParity(dataShards: number, parityShards: number): Matrix {
  const top = matrix(dataShards, dataShards, power)
  const bottom = matrix(parityShards, dataShards, (row, column) => power(row + dataShards, column))
  return product(bottom, inverse(top))
}

export function cauchyParity(dataShards: number, parityShards: number): Matrix {
  return matrix(parityShards, dataShards, slotCoefficient)
}

/** What a data slot's elements are multiplied with in a parity slot, whatever else the group has. */
function slotCoefficient(paritySlot: number, dataSlot: number): number {
  const scale = multiply(parityFactor(paritySlot), dataFactor(dataSlot))
  return multiply(scale, cauchyElement(paritySlot, dataSlot))
}
