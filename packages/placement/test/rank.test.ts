import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRanking } from '../src/rank.ts'
import { keys, numberedKey } from './arbitrary.ts'

const rank = (key: Uint8Array, peerIds: readonly string[]) => createRanking(peerIds)(key)
const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { maxLength: 30 })

test('orders all ids, however they come', () => {
  fc.assert(
    fc.property(keys, ids, (key, peerIds) => {
      const ranked = rank(key, peerIds)
      expect([...ranked].sort()).toEqual([...peerIds].sort())
      expect(rank(key, [...peerIds].reverse())).toEqual(ranked)
      expect(rank(key, [...peerIds, ...peerIds])).toEqual(ranked)
    }),
  )
})

test('without one id the order of the others is the same', () => {
  fc.assert(
    fc.property(keys, ids, (key, peerIds) => {
      const ranked = rank(key, peerIds)
      for (const gone of peerIds) {
        const others = peerIds.filter((peerId) => peerId !== gone)
        expect(rank(key, others)).toEqual(ranked.filter((peerId) => peerId !== gone))
      }
    }),
  )
})

test('every id comes first equally often', () => {
  const peerIds = Array.from({ length: 20 }, (_, i) => `node-${i}`)
  const keyCount = 20_000
  const firsts = new Map<string, number>()
  const ranking = createRanking(peerIds)
  for (let i = 0; i < keyCount; i++) {
    const [first] = ranking(numberedKey(i))
    firsts.set(first!, (firsts.get(first!) ?? 0) + 1)
  }
  const deviation = Math.sqrt((keyCount / 20) * (1 - 1 / 20))
  for (const peerId of peerIds) expect(Math.abs(firsts.get(peerId)! - keyCount / 20)).toBeLessThan(5 * deviation)
})

test('a known order stays as it is', () => {
  expect(rank(Uint8Array.of(1, 2, 3), ['a', 'b', 'c', 'd', 'e', 'f'])).toEqual(['e', 'b', 'a', 'f', 'd', 'c'])
})
