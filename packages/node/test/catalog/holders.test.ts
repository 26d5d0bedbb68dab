import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Holder, Holders } from '../../src/catalog/holders.ts'

const ids = fc.uint8Array({ minLength: 24, maxLength: 24 })
const members: fc.Arbitrary<Holder[]> = fc.uniqueArray(
  fc.record({
    peerId: fc.string({ minLength: 1, maxLength: 6 }),
    toldDomain: fc.constantFrom('a', 'b', 'c', 'd'),
    availability: fc.constantFrom('up', 'suspect', 'down'),
    available: fc.boolean(),
  }),
  { selector: ({ peerId }) => peerId, maxLength: 20 },
)

test('all members, those that are up and take new things first, however the list is sorted', () => {
  fc.assert(
    fc.property(ids, members, (id, list) => {
      const ranked = new Holders(list).rank(id)
      expect([...ranked].sort()).toEqual(list.map(({ peerId }) => peerId).sort())
      expect(new Holders([...list].reverse()).rank(id)).toEqual(ranked)
      const tiers = ranked.map((peerId) => tierOf(list.find((member) => member.peerId === peerId)!))
      expect(tiers).toEqual([...tiers].sort())
    }),
  )
})

test('the first few are in as many domains as there are', () => {
  fc.assert(
    fc.property(ids, members, (id, list) => {
      const up = list.map((member) => ({ ...member, availability: 'up', available: true }) as const)
      const domainOf = new Map(up.map(({ peerId, toldDomain }) => [peerId, toldDomain]))
      const domains = new Holders(up).rank(id).map((peerId) => domainOf.get(peerId))
      const count = new Set(domains).size
      expect(new Set(domains.slice(0, count)).size).toBe(count)
    }),
  )
})

function tierOf({ availability, available }: Holder): number {
  return availability !== 'up' ? 2 : available ? 0 : 1
}
