import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkCoordinate } from '../src/check-member.ts'
import { foretoldUs, OwnCoordinate } from '../src/coordinate.ts'
import { seededRandom } from './network.ts'

function place(change: Partial<ReturnType<typeof checkCoordinate>> = {}) {
  return { vectorUs: [0, 0, 0, 0, 0, 0, 0, 0], heightUs: 10, errorPerMille: 500, ...change }
}

test('a few nodes on a line come to foretell their round trips', () => {
  const random = seededRandom(1)
  const nodes = Array.from({ length: 6 }, () => new OwnCoordinate(random))
  const roundTripUs = (i: number, j: number) => 5_000 + 10_000 * Math.abs(i - j)
  for (let round = 0; round < 200; round++) {
    for (const [i, node] of nodes.entries()) {
      const j = (i + 1 + (round % 5)) % 6
      node.learn(`${j}`, nodes[j]!.current, roundTripUs(i, j))
    }
  }
  for (let i = 0; i < 6; i++) {
    for (let j = 0; j < i; j++) {
      const foretold = foretoldUs(nodes[i]!.current, nodes[j]!.current)
      expect(Math.abs(foretold - roundTripUs(i, j)) / roundTripUs(i, j)).toBeLessThan(0.15)
    }
  }
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

  test.each([
    ['on one LAN, from the beginning', 500, 200, 0, 0.1],
    ['on one LAN, later', 500, 200, 100, 0.1],
    ['over the internet, from the beginning', 2_000, 60_000, 0, 0.15],
    ['over the internet, later', 2_000, 60_000, 100, 0.15],
  ])('draws nobody away: one liar among thirteen, %s', (_where, leastUs, widthUs, lieAfter, tolerated) => {
    for (const farUs of [4 * widthUs, 4_000_000, 60_000_000]) {
      const random = seededRandom(5)
      const places = Array.from({ length: 13 }, () => [0, 1, 2].map(() => (random() / 2 ** 32) * widthUs))
      const roundTripUs = (i: number, j: number): number =>
        Math.round(leastUs + Math.hypot(...places[i]!.map((x, axis) => x - places[j]![axis]!)))
      const honest = Array.from({ length: 12 }, () => new OwnCoordinate(random))
      const lie = place({ vectorUs: [farUs, 0, 0, 0, 0, 0, 0, 0], errorPerMille: 0 })
      for (let round = 0; round < 300; round++) {
        for (const [i, node] of honest.entries()) {
          const j = (i + 1 + (random() % 12)) % 13
          if (j < 12) node.learn(`${j}`, honest[j]!.current, roundTripUs(i, j))
          else if (round >= lieAfter) node.learn('liar', lie, roundTripUs(i, j))
        }
      }
      const errors = honest.flatMap((node, i) =>
        honest.slice(0, i).map((other, j) => Math.abs(foretoldUs(node.current, other.current) / roundTripUs(i, j) - 1)),
      )
      expect(errors.sort((a, b) => a - b)[errors.length >> 1]).toBeLessThan(tolerated)
      for (const { current } of honest) expect(current.errorPerMille).toBeLessThan(500)
    }
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
