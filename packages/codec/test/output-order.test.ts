import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { preparedPrograms } from '../src/generated/prepared-programs.ts'
import { outputOrder } from '../src/output-order.ts'
import { unpackProgram } from '../src/packed-program.ts'
import type { XorProgram } from '../src/recipe.ts'

/** Sums alive, added up over the outputs, when these are computed in an order. */
function crowding(program: XorProgram, order: readonly number[]): number {
  const first = new Map<number, number>()
  const last = new Map<number, number>()
  order.forEach((output, time) => {
    for (const sum of sumsOf(program, program.outputs[output]!)) {
      if (!first.has(sum)) first.set(sum, time)
      last.set(sum, time)
    }
  })
  return [...first].reduce((total, [sum, time]) => total + last.get(sum)! - time, 0)
}

function sumsOf({ inputs, pairs }: XorProgram, terms: readonly number[], found = new Set<number>()): Set<number> {
  for (const term of terms) {
    if (term < inputs || found.has(term - inputs)) continue
    found.add(term - inputs)
    sumsOf({ inputs, pairs } as XorProgram, pairs[term - inputs]!, found)
  }
  return found
}

function usesIn({ inputs, pairs, outputs }: XorProgram): number[] {
  const uses: number[] = Array(pairs.length).fill(0)
  for (const term of [...pairs, ...outputs].flat()) if (term >= inputs) uses[term - inputs]! += 1
  return uses
}

const programs = fc.nat({ max: 30 }).chain((pairCount) =>
  fc.record({
    planes: fc.constant(8 as const),
    inputs: fc.constant(16),
    pairs: fc.tuple(
      ...Array.from({ length: pairCount }, (_, pair) =>
        fc.tuple(fc.nat({ max: 15 + pair }), fc.nat({ max: 15 + pair })),
      ),
    ),
    outputs: fc.array(fc.array(fc.nat({ max: 15 + pairCount }), { maxLength: 6 }), { maxLength: 20 }),
  }),
)

describe('the order of outputs', () => {
  test('has each of them once', () => {
    fc.assert(
      fc.property(programs, (program) => {
        const order = outputOrder(program, usesIn(program))
        expect([...order].sort((a, b) => a - b)).toEqual([...program.outputs.keys()])
      }),
    )
  })

  test.each(Object.keys(preparedPrograms))('keeps fewer sums alive than computing them as they come: %s', (name) => {
    const program = unpackProgram(preparedPrograms[name]!.program)
    const asTheyCome = crowding(program, [...program.outputs.keys()])
    expect(crowding(program, outputOrder(program, usesIn(program)))).toBeLessThan(asTheyCome)
  })
})
