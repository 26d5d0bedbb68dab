import { expect, it } from 'vitest'
import { seededRandom } from '../../src/random/seeded-random.ts'
import { systemRandom } from '../../src/random/system-random.ts'
import { testRandom } from '../contract/random.ts'

testRandom('system', () => systemRandom)
testRandom('seeded', () => seededRandom(20_240_101))

it('a seeded source repeats itself for the same seed, on every machine, and for no other', () => {
  const numbers = (seed: number): number[] => {
    const random = seededRandom(seed)
    return [random.uint32(), random.uint32(), random.bytes(5)[4]!, random.uint32()]
  }
  expect(numbers(1)).toEqual(numbers(1))
  expect(numbers(1)).toMatchInlineSnapshot(`
    [
      1299785925,
      4001059704,
      30,
      1857996408,
    ]
  `)
  const firsts = new Set(Array.from({ length: 1000 }, (_, seed) => seededRandom(seed).uint32()))
  expect(firsts.size).toBe(1000)
})

it('a seed is an integer of 32 bits', () => {
  for (const seed of [-1, 0.5, 2 ** 32, Number.NaN]) expect(() => seededRandom(seed)).toThrow(RangeError)
})
