import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkCoordinate } from '../src/check-member.ts'
import { foretoldUs, OwnCoordinate } from '../src/coordinate.ts'
import { syntheticInternet } from './internet.ts'
import { seededRandom } from './network.ts'

function place(change: Partial<ReturnType<typeof checkCoordinate>> = {}) {
  return { vectorUs: [0, 0, 0, 0, 0, 0, 0, 0], heightUs: 10, errorPerMille: 500, ...change }
}

test('round trips of a synthetic internet are foretold within 15 %, half of the time or more', () => {
  const random = seededRandom(1)
  const roundTripUs = syntheticInternet(200, random)
  const nodes = Array.from({ length: 200 }, () => new OwnCoordinate(random))
  const below = (bound: number) => Math.floor((random() / 2 ** 32) * bound)
  const neighbours = nodes.map((_, i) => Array.from({ length: 16 }, () => (i + 1 + below(199)) % 200))
  for (let round = 0; round < 400; round++) {
    for (const [i, node] of nodes.entries()) {
      const other = neighbours[i]![below(16)]!
      node.learn(`${other}`, nodes[other]!.current, roundTripUs(i, other) * (1 + 0.1 * (random() / 2 ** 32)))
    }
  }
  const errors: number[] = []
  for (let i = 0; i < 200; i++) {
    for (let j = i + 1; j < 200; j++) {
      const truth = roundTripUs(i, j)
      errors.push(Math.abs(foretoldUs(nodes[i]!.current, nodes[j]!.current) - truth) / truth)
    }
  }
  errors.sort((a, b) => a - b)
  expect(errors[errors.length >> 1]).toBeLessThan(0.15)
})

describe('what others claim', () => {
  test.each([[0], [-1], [10_000_001], [Number.NaN], [Number.POSITIVE_INFINITY]])(
    'a round trip of %d µs is refused',
    (us) => {
      const own = new OwnCoordinate(seededRandom(1))
      const before = own.current
      expect(own.learn('a', place(), us)).toBe(false)
      expect(own.current).toEqual(before)
    },
  )

  test('moves nobody far at once, nor out of what can be said', () => {
    const edge = fc.constantFrom(-60_000_000, 0, 60_000_000)
    const places = fc.record({
      vectorUs: fc.array(edge, { minLength: 8, maxLength: 8 }),
      heightUs: fc.constantFrom(0, 60_000_000),
      errorPerMille: fc.constantFrom(0, 1500),
    })
    const samples = fc.array(fc.tuple(places, fc.integer({ min: 1, max: 10_000_000 })), { maxLength: 50 })
    fc.assert(
      fc.property(samples, fc.integer(), (story, seed) => {
        const own = new OwnCoordinate(seededRandom(seed))
        for (const [theirs, us] of story) {
          const before = own.current
          own.learn('a', theirs, us)
          const after = own.current
          expect(checkCoordinate(after)).toEqual(after)
          const moved = Math.hypot(...after.vectorUs.map((x, i) => x - before.vectorUs[i]!))
          expect(moved).toBeLessThanOrEqual(50_000 + 8)
        }
      }),
    )
  })

  test('one late answer among many moves nobody', () => {
    const [calm, disturbed] = [new OwnCoordinate(seededRandom(1)), new OwnCoordinate(seededRandom(1))]
    for (let i = 0; i < 50; i++) {
      calm.learn('a', place(), 20_000)
      disturbed.learn('a', place(), 20_000)
    }
    const before = disturbed.current
    calm.learn('a', place(), 20_000)
    disturbed.learn('a', place(), 9_000_000)
    expect(disturbed.current).toEqual(calm.current)
    expect(foretoldUs(disturbed.current, place())).toBeCloseTo(foretoldUs(before, place()), -4)
  })
})
