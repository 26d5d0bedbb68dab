import fc from 'fast-check'
import { expect, test } from 'vitest'
import { firstOf, shuffled } from '../src/draw.ts'
import { seededRandom } from './network.ts'

test('everything comes once, as it does when a copy is shuffled', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.nat(50), fc.integer(), (items, count, seed) => {
      const copy = [...items]
      const random = seededRandom(seed)
      const order = items.map(() => {
        const place = Math.floor((random() / 2 ** 32) * copy.length)
        const drawn = copy[place]!
        copy[place] = copy[copy.length - 1]!
        copy.pop()
        return drawn
      })
      expect([...shuffled(items, seededRandom(seed))]).toEqual(order)
      expect([...shuffled(items, seededRandom(seed), count)]).toEqual(order.slice(0, count))
    }),
  )
})

test('the first that suit, and no more steps than that takes', () => {
  let steps = 0
  function* count() {
    for (;;) yield steps++
  }
  expect(firstOf(count(), 2, (number) => number % 3 === 2)).toEqual([2, 5])
  expect(steps).toBe(6)
  expect(firstOf([1, 2], 5, () => true)).toEqual([1, 2])
  expect(firstOf(count(), 0, () => true)).toEqual([])
})
