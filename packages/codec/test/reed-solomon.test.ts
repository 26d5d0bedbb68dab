import { describe, expect, it } from 'vitest'
import { coordinateOf, pointAt } from '../src/cauchy-slots.ts'
import type { XorProgram } from '../src/combination.ts'
import { canTransform, fftProgram } from '../src/fft-program.ts'
import { kernelModules } from '../src/kernel-module.ts'
import { matrix, rank, rowOf } from '../src/matrix.ts'
import { cauchyParity } from '../src/reed-solomon.ts'
import { referenceEngine } from '../src/reference-engine.ts'
import { WasmEngine } from '../src/wasm-engine.ts'
import { xorKernels } from '../src/xor-kernel.ts'
import { planeSums, xorCount } from '../src/xor-program.ts'
import { choices, differences, unencodedStripe } from './fixtures/stripe.ts'

describe('slotted Cauchy matrix', () => {
  it('gives every slot a point of its own', () => {
    const points = Array.from({ length: 256 }, (_, slot) => pointAt(coordinateOf(slot)))
    expect(new Set(points).size).toBe(256)
  })

  it('never changes', () => {
    const cells = [...cauchyParity(6, 4).cells]
    expect(cells.slice(0, 6)).toEqual([1, 1, 1, 1, 1, 1])
    expect(Buffer.from(cells.slice(6)).toString('hex')).toBe('478e02468dc847c98f43c8458e03ab6c018f')
  })

  it('has coefficients that depend on neither size', () => {
    const large = cauchyParity(20, 8)
    const small = cauchyParity(7, 3)
    for (let row = 0; row < 3; row++) expect(rowOf(small, row)).toEqual(rowOf(large, row).subarray(0, 7))
  })

  it('has no singular square submatrix', () => {
    const parity = cauchyParity(8, 4)
    for (const size of [1, 2, 3, 4]) {
      for (const rows of choices(4, size)) {
        for (const columns of choices(8, size)) {
          const square = matrix(size, size, (row, column) => rowOf(parity, rows[row]!)[columns[column]!]!)
          expect(rank(square)).toBe(size)
        }
      }
    }
  })
})

/** Which inputs each output adds up, as bit sets. */
function expand({ inputs, pairs, outputs }: XorProgram): bigint[] {
  const terms = Array.from({ length: inputs }, (_, input) => 1n << BigInt(input))
  for (const [a, b] of pairs) terms.push(terms[a]! ^ terms[b]!)
  return outputs.map((summands) => summands.reduce((sum, term) => sum ^ terms[term]!, 0n))
}

describe('fft program', () => {
  it.each([
    [1, 1],
    [2, 3],
    [5, 3],
    [16, 16],
    [29, 51],
    [33, 4],
    [128, 128],
    [64, 192],
  ])('computes the sums of the matrix for %i+%i', (data, parity) => {
    const coefficients = cauchyParity(data, parity)
    const targets = Array.from({ length: parity }, (_, row) => data + row)
    const plain = planeSums({ sources: [...Array(data).keys()], targets, coefficients })
    expect(expand(fftProgram(data, parity))).toEqual(expand(plain.planes === 8 ? plain : widen(plain)))
  })

  it('is for groups whose parity slots are beyond the subspace of the data slots', () => {
    expect(canTransform(64, 192)).toBe(true)
    expect(canTransform(65, 128)).toBe(true)
    expect(canTransform(65, 129)).toBe(false)
    expect(canTransform(129, 1)).toBe(false)
  })

  it('computes the same bytes when compiled', async () => {
    const program = () => fftProgram(20, 21)
    const numbers = [...Array(41).keys()]
    const combination = {
      sources: numbers.slice(0, 20),
      targets: numbers.slice(20),
      coefficients: cauchyParity(20, 21),
    }
    const engine = new WasmEngine('xor-program', xorKernels(41, 21, 8, 0), (await kernelModules())!, 41)
    const stripe = unencodedStripe(20, 41, 512)
    const expected = unencodedStripe(20, 41, 512)
    engine.run({ ...combination, program }, stripe)
    referenceEngine('bits').run(combination, expected)
    expect(differences(stripe, expected)).toEqual([])
  })

  it('takes far fewer XORs than sharing sums could for wide groups', () => {
    expect(xorCount(fftProgram(29, 51))).toBeLessThan(9000)
  })
})

/** A program for whole shards, written out for every plane. */
function widen({ inputs, outputs }: XorProgram): XorProgram {
  const planes = [0, 1, 2, 3, 4, 5, 6, 7]
  const wide = outputs.flatMap((terms) => planes.map((plane) => terms.map((term) => 8 * term + plane)))
  return { planes: 8, inputs: 8 * inputs, pairs: [], outputs: wide }
}
