import { describe, expect, it } from 'vitest'
import { coordinateOf, pointAt } from '../src/cauchy-slots.ts'
import type { Combination } from '../src/combination.ts'
import { directSteps } from '../src/direct-steps.ts'
import { canTransform, fourierRecipe, isTransformShorter } from '../src/fourier-steps.ts'
import { multiply } from '../src/galois.ts'
import { kernelModules } from '../src/kernel-module.ts'
import { cellAt, matrix, rank, rowOf } from '../src/matrix.ts'
import type { XorStep } from '../src/recipe.ts'
import { cauchyParity } from '../src/reed-solomon.ts'
import { referenceEngine } from '../src/reference-engine.ts'
import { WasmEngine } from '../src/wasm-engine.ts'
import { xorKernels } from '../src/xor-kernel.ts'
import { scheduleOf } from '../src/xor-schedule.ts'
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

/** Which planes of the shards each plane of a target adds up, as bit sets, after all steps. */
function expand(steps: Iterable<XorStep>, dataShards: number): Map<number, bigint[]> {
  const planesOf = new Map<number, bigint[]>()
  for (let shard = 0; shard < dataShards; shard++) {
    planesOf.set(
      shard,
      Array.from({ length: 8 }, (_, plane) => 1n << BigInt(8 * shard + plane)),
    )
  }
  for (const { sources, targets, program, accumulate } of steps) {
    const planes = Array.from({ length: 8 / program.planes }, (_, plane) => plane)
    const results = planes.map((plane) => {
      const inputs = (source: number) => planesOf.get(source)!.slice(plane, plane + program.planes)
      const terms = sources.flatMap(inputs)
      for (const [a, b] of program.pairs) terms.push(terms[a]! ^ terms[b]!)
      return program.outputs.map((summands) => summands.reduce((sum, term) => sum ^ terms[term]!, 0n))
    })
    targets.forEach((target, index) => {
      const before = accumulate ? planesOf.get(target)! : Array(8).fill(0n)
      const sums = results.flatMap((outputs) => outputs.slice(index * program.planes, (index + 1) * program.planes))
      planesOf.set(
        target,
        before.map((plane, number) => plane ^ sums[number]!),
      )
    })
  }
  return planesOf
}

function encodingOf(data: number, parity: number): Combination {
  const targets = Array.from({ length: parity }, (_, row) => data + row)
  return { sources: [...Array(data).keys()], targets, coefficients: cauchyParity(data, parity) }
}

/** The same, straight from the matrix. */
function expected(data: number, parity: number): bigint[][] {
  const { targets, coefficients } = encodingOf(data, parity)
  return targets.map((_, row) =>
    Array.from({ length: 8 }, (_, plane) => {
      let sum = 0n
      for (let bit = 0; bit < 8 * data; bit++) {
        const image = multiply(cellAt(coefficients, row, bit >> 3), 1 << (bit & 7))
        if ((image >> plane) & 1) sum |= 1n << BigInt(bit)
      }
      return sum
    }),
  )
}

describe('steps', () => {
  it.each([
    [1, 1],
    [2, 3],
    [5, 3],
    [16, 16],
    [17, 20],
    [29, 51],
    [33, 4],
    [128, 128],
    [64, 192],
  ])('of the transform compute the sums of the matrix for %i+%i', (data, parity) => {
    const planesOf = expand(fourierRecipe(data, parity).steps(), data)
    expect(encodingOf(data, parity).targets.map((target) => planesOf.get(target))).toEqual(expected(data, parity))
  })

  it.each([
    [3, 0],
    [1, 70],
    [1, 1],
    [10, 4],
    [21, 19],
    [40, 33],
  ])('found from the coefficients compute their sums for %i+%i', (data, parity) => {
    const planesOf = expand(directSteps(encodingOf(data, parity)), data)
    expect(encodingOf(data, parity).targets.map((target) => planesOf.get(target))).toEqual(expected(data, parity))
  })

  it.each([
    [10, 4],
    [29, 51],
    [64, 64],
  ])('are small enough for an instruction cache for %i+%i', (data, parity) => {
    for (const steps of [fourierRecipe(data, parity).steps(), directSteps(encodingOf(data, parity))]) {
      for (const { program } of steps) expect(scheduleOf(program).xors).toBeLessThan(1500)
    }
  })

  it('of a transform are for groups whose parity slots are beyond the subspace of the data slots', () => {
    expect(canTransform(64, 192)).toBe(true)
    expect(canTransform(65, 128)).toBe(true)
    expect(canTransform(65, 129)).toBe(false)
    expect(canTransform(129, 1)).toBe(false)
  })

  it('of a transform are taken where they are fewer', () => {
    const count = (steps: Iterable<XorStep>) =>
      [...steps].reduce((sum, { program }) => sum + scheduleOf(program).xors, 0)
    for (const [data, parity] of [
      [10, 4],
      [16, 16],
      [20, 20],
      [29, 51],
      [50, 8],
      [64, 64],
      [100, 4],
    ] as const) {
      const [transform, direct] = [fourierRecipe(data, parity).steps(), directSteps(encodingOf(data, parity))].map(
        count,
      )
      expect(isTransformShorter(data, parity)).toBe(transform! < direct!)
    }
  })

  it('of a transform are far fewer XORs than sharing sums could leave for wide groups', () => {
    const counts = [...fourierRecipe(29, 51).steps()].map(({ program }) => scheduleOf(program).xors)
    expect(counts.reduce((sum, count) => sum + count)).toBeLessThan(8000)
  })

  it('make the bytes of the reference, compiled', async () => {
    const modules = (await kernelModules())!
    const recipe = fourierRecipe(20, 21)
    for (const way of [{ recipe }, {}]) {
      const combination = { ...encodingOf(20, 21), ...way }
      const workload = {
        layout: 'bits',
        isBinary: false,
        targets: 21,
        numbers: 41,
        intermediates: recipe.intermediates,
      } as const
      const engine = new WasmEngine('xor-program', xorKernels(workload, 0), modules, 41)
      const expected = unencodedStripe(20, 41, 4224)
      referenceEngine('bits').run(combination, expected)
      // Every run makes a part of the program; all must make the same bytes.
      for (let run = 0; run < 40; run++) {
        const stripe = unencodedStripe(20, 41, run < 38 ? 128 : 4224)
        engine.run(combination, stripe)
        expect(
          differences(
            stripe,
            expected.map((shard) => shard.subarray(0, stripe[0]!.length)),
          ),
        ).toEqual([])
      }
    }
  })
})
