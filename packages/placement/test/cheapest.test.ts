import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cheapestFirst } from '../src/cheapest.ts'

test('yields what a stable sort would', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 })), (list) => {
      const indexes = [...list.keys()]
      const sorted = [...indexes].sort((a, b) => list[a]! - list[b]! || a - b)
      expect([...cheapestFirst(indexes, Float64Array.from(list))]).toEqual(sorted)
    }),
  )
})
