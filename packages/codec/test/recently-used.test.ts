import { describe, expect, it } from 'vitest'
import type { Combination } from '../src/combination.ts'
import { matrix } from '../src/matrix.ts'
import { RecentlyUsed } from '../src/recently-used.ts'

function combinationOf(coefficients: number): Combination {
  return { sources: [], targets: [], coefficients: matrix(1, coefficients, () => 1) }
}

/** Which of the keys 0 … count − 1 are still known. Asking makes none known. */
function known(values: RecentlyUsed<Combination>, count: number): number[] {
  const keys: number[] = []
  for (let key = 0; key < count; key++) {
    try {
      values.get(`${key}`, () => {
        throw new Error('not known')
      })
      keys.push(key)
    } catch {}
  }
  return keys
}

describe('recently used', () => {
  it('makes a value once', () => {
    const values = new RecentlyUsed<Combination>()
    const first = values.get('a', () => combinationOf(1))
    expect(values.get('a', () => combinationOf(2))).toBe(first)
  })

  it('forgets the least recently used of more than 64', () => {
    const values = new RecentlyUsed<Combination>()
    for (let key = 0; key < 64; key++) values.get(`${key}`, () => combinationOf(1))
    values.get('0', () => combinationOf(1))
    values.get('64', () => combinationOf(1))
    expect(known(values, 65)).toEqual([...Array(65).keys()].filter((key) => key !== 1))
  })

  it('keeps few large ones, but always the last', () => {
    const values = new RecentlyUsed<Combination>()
    for (let key = 0; key < 5; key++) values.get(`${key}`, () => combinationOf(20_000))
    expect(known(values, 5)).toEqual([2, 3, 4])
    values.get('5', () => combinationOf(100_000))
    expect(known(values, 6)).toEqual([5])
  })
})
