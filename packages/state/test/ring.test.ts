import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextOnRing } from '../src/ring.ts'

/** Whether each place of a ring is taken by somebody who suits. */
const rings = fc.array(fc.boolean(), { minLength: 1, maxLength: 40 })
const isThere = ({ suits }: { suits: boolean }): boolean => suits

test('everybody watches twelve others, or all of them, and is watched by those it watches', () => {
  fc.assert(
    fc.property(rings, (places) => {
      const ring = places.map((suits, place) => ({ suits, place }))
      const present = ring.filter(isThere)
      const watched = new Map(present.map((peer) => [peer, nextOnRing(ring, peer.place, isThere)]))
      for (const [peer, neighbours] of watched) {
        expect(neighbours).not.toContain(peer)
        expect(neighbours.every(isThere)).toBe(true)
        expect(new Set(neighbours).size).toBe(Math.min(12, present.length - 1))
        for (const neighbour of neighbours) expect(watched.get(neighbour)).toContain(peer)
      }
    }),
  )
})

test('those next to it on either side are chosen, and who is gone is passed over', () => {
  const ring = Array.from({ length: 100 }, (_, place) => ({ suits: place !== 99, place }))
  const places = nextOnRing(ring, 2, isThere).map(({ place }) => place)
  expect(places).toEqual([3, 4, 5, 6, 7, 8, 1, 0, 98, 97, 96, 95])
})
