import { expect, test } from 'vitest'
import { checkDigest } from '../src/digest.ts'

test('a digest in order comes back as it is', () => {
  const digest = [
    ['a', 1, 2],
    ['b', 0, Number.MAX_SAFE_INTEGER],
  ]
  expect(checkDigest(digest, 2)).toEqual(digest)
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
  ['a long id', [['x'.repeat(129), 1, 1]]],
  ['an id that is no text', [[1, 1, 1]]],
  ['a negative counter', [['a', -1, 1]]],
  ['a broken counter', [['a', 1, 0.5]]],
  ['a counter that is no number', [['a', Number.NaN, 1]]],
])('%s is refused', (_, digest) => {
  expect(() => checkDigest(digest, 2)).toThrow(expect.objectContaining({ code: 'DIGEST_INVALID' }))
})
