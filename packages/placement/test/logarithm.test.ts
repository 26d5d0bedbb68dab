import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rarity } from '../src/logarithm.ts'

const HIGHEST = 2 ** 32 - 1

test.each(Array.from({ length: 33 }, (_, power) => power))('is exact where the hash + 1 is 2^%d', (power) => {
  expect(rarity(2 ** power - 1)).toBe((32 - power) * 2 ** 32)
})

test('has these values on every engine', () => {
  // floor(log2(1.5) · 2^32) = 2512394809, a row of the table, by 60 digits of arithmetic; the others lie between rows.
  expect(rarity(2 ** 31 + 2 ** 30 - 1)).toBe(2 ** 32 - 2512394809)
  expect([12345, 0xdeadbeef, HIGHEST - 1, HIGHEST - 100_000].map(rarity)).toEqual([79062808805, 864066304, 2, 144411])
})

test('is near the logarithm, in proportion', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: HIGHEST - 1 }), (hash) => {
      const exact = -Math.log1p((hash + 1 - 2 ** 32) / 2 ** 32) * Math.LOG2E * 2 ** 32
      expect(Math.abs(rarity(hash) - exact)).toBeLessThanOrEqual(1 + 0.001 * exact)
    }),
    { numRuns: 5_000 },
  )
})

test('is an integer that never rises with the hash', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: HIGHEST - 1 }), (hash) => {
      expect(Number.isSafeInteger(rarity(hash))).toBe(true)
      expect(rarity(hash + 1)).toBeLessThanOrEqual(rarity(hash))
    }),
    { numRuns: 5_000 },
  )
})
