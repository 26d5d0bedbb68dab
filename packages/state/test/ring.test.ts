import fc from 'fast-check'
import { expect, test } from 'vitest'
import { neighboursOf } from '../src/ring.ts'

const networks = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 40 })

test('everybody watches twelve others, or all of them, and is watched by those it watches', () => {
  fc.assert(
    fc.property(networks, (peerIds) => {
      const watched = new Map(peerIds.map((peerId) => [peerId, neighboursOf(peerId, peerIds)]))
      for (const [peerId, neighbours] of watched) {
        expect(neighbours).not.toContain(peerId)
        expect(new Set(neighbours).size).toBe(Math.min(12, peerIds.length - 1))
        for (const neighbour of neighbours) expect(watched.get(neighbour)).toContain(peerId)
      }
    }),
  )
})

test('the order and repetition of what is known do not matter', () => {
  fc.assert(
    fc.property(networks, (peerIds) => {
      const [selfId] = peerIds as [string]
      expect(neighboursOf(selfId, [...peerIds, ...peerIds].reverse())).toEqual(neighboursOf(selfId, peerIds))
    }),
  )
})

test('one that comes or goes changes a few neighbours only', () => {
  const peerIds = Array.from({ length: 100 }, (_, i) => `peer-${i}`)
  const changed = peerIds.slice(1).filter((peerId) => {
    const after = new Set(neighboursOf(peerId, peerIds.slice(1)))
    return neighboursOf(peerId, peerIds).some((neighbour) => !after.has(neighbour))
  })
  expect(changed.length).toBe(12)
})
