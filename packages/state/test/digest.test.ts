import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkBuckets, checkEntries, checkHashes, checkShortIds } from '../src/check-digest.ts'
import { bucketCount, bucketHashes, Digest, differingBuckets } from '../src/digest.ts'
import { type OpenRecord, openRecord } from '../src/signed-record.ts'
import { recordOf, signed } from './network.ts'

const invalid = expect.objectContaining({ code: 'DIGEST_INVALID' })

test('there are about half as many buckets as records, within bounds', () => {
  expect([0, 32, 33, 1_000, 10_000, 16_384, 1e6].map(bucketCount)).toEqual([16, 16, 32, 512, 8_192, 8_192, 8_192])
})

test('hashes depend on what is known, not on the order it came in', () => {
  const histories = fc.uniqueArray(fc.tuple(fc.constantFrom(...'abcdefghij'), fc.integer({ min: 1, max: 3 })), {
    selector: ([peerId]) => peerId,
  })
  const open = (history: [string, number][]) =>
    history.map(([peerId, version]) => openRecord(signed(recordOf(peerId, { version }))))
  fc.assert(
    fc.property(histories, histories, (x, y) => {
      const [a, b] = [open(x), open(y)]
      expect(bucketHashes(a.toReversed(), 16)).toEqual(bucketHashes(a, 16))
      const names = (records: typeof a) => records.map(({ record }) => `${record.peerId} ${record.version}`).sort()
      const isSame = JSON.stringify(names(a)) === JSON.stringify(names(b))
      expect(differingBuckets(bucketHashes(a, 16), bucketHashes(b, 16)).length === 0).toBe(isSame)
    }),
  )
})

test('the hashes of a known record', () => {
  const hashes = bucketHashes([openRecord(signed(recordOf('peer-1')))], 16)
  expect(Buffer.from(hashes).toString('hex')).toBe(`${'00000000'.repeat(5)}01c5b183${'00000000'.repeat(10)}`)
})

/** Peers come, renew and go; a few of them have the same hash. */
const lives = fc.array(fc.record({ peer: fc.nat(80), version: fc.integer({ min: 1, max: 5 }), leaves: fc.boolean() }), {
  maxLength: 200,
})

test('a digest that was kept up with changes is the one of its records', () => {
  fc.assert(
    fc.property(lives, fc.constantFrom(16, 64, 8_192), fc.array(fc.nat(15)), (life, count, buckets) => {
      const digest = new Digest()
      const known = new Map<number, OpenRecord>()
      for (const { peer, version, leaves } of life) {
        const open = openRecord(signed(recordOf(`peer-${peer}`, { version })))
        const placed = { ...open, idHash: peer % 7 === 0 ? 0x8000_0000 : open.idHash }
        if (leaves) digest.delete(placed)
        else digest.put(placed)
        if (leaves) known.delete(peer)
        else known.set(peer, placed)
      }
      const all = [...known.values()]
      expect(digest.hashes()).toEqual(bucketHashes(all, bucketCount(all.length)))
      expect(digest.differing(bucketHashes(all, count))).toEqual([])
      for (const open of all) expect(digest.find(open.shortId, open.idHash)).toBe(open)
      const isIn = ({ idHash }: OpenRecord) => buckets.includes(Math.floor((idHash / 2 ** 32) * count))
      expect(new Set(digest.within(buckets, count))).toEqual(new Set(all.filter(isIn)))
    }),
  )
})

test('a first level in order comes back as it is', () => {
  const hashes = new Uint8Array(64)
  expect(checkHashes(hashes)).toBe(hashes)
})

test.each([
  ['no bytes', [0, 0]],
  ['too few', new Uint8Array(32)],
  ['too many', new Uint8Array(4 * 16_384)],
  ['no power of two', new Uint8Array(4 * 17)],
  ['a part of a hash', new Uint8Array(65)],
])('a first level of %s is refused', (_, hashes) => {
  expect(() => checkHashes(hashes)).toThrow(invalid)
})

test('buckets and wanted records in order come back as they are', () => {
  expect(checkBuckets([0, 15], 16)).toEqual([0, 15])
  expect(checkShortIds(['a', 'abcdefghijkl'], 2)).toEqual(['a', 'abcdefghijkl'])
})

test.each([['text'], [[-1]], [[16]], [[0.5]], [[Number.NaN]], [new Array(17).fill(0)]])(
  'buckets %j are refused',
  (buckets) => {
    expect(() => checkBuckets(buckets, 16)).toThrow(invalid)
  },
)

test.each([['text'], [['']], [['abcdefghijklm']], [[7]], [['a', 'b', 'c']]])('wanted records %j are refused', (ids) => {
  expect(() => checkShortIds(ids, 2)).toThrow(invalid)
})

test('a second level in order comes back as it is', () => {
  const entries = [
    ['a', 1, 2],
    ['b', 0, Number.MAX_SAFE_INTEGER],
  ]
  expect(checkEntries(entries, 2)).toEqual(entries)
})

test.each([
  ['no list', { a: 1 }],
  [
    'too long',
    [
      ['a', 1, 1],
      ['b', 1, 1],
      ['c', 1, 1],
    ],
  ],
  ['an entry too short', [['a', 1]]],
  ['an entry too long', [['a', 1, 1, 1]]],
  ['an entry that is no list', ['a']],
  ['an empty id', [['', 1, 1]]],
  ['a long id', [['x'.repeat(13), 1, 1]]],
  ['an id that is no text', [[1, 1, 1]]],
  ['a negative counter', [['a', -1, 1]]],
  ['a broken counter', [['a', 1, 0.5]]],
  ['a counter that is no number', [['a', Number.NaN, 1]]],
])('a second level with %s is refused', (_, entries) => {
  expect(() => checkEntries(entries, 2)).toThrow(invalid)
})
