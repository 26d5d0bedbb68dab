import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openSegment, sealSegment } from '../../src/object/cipher.ts'
import { shardBytesFor } from '../../src/object/geometry.ts'
import { deriveObjectKeys } from '../../src/object/keys.ts'

const keys = deriveObjectKeys(new Uint8Array(32).fill(1), new Uint8Array(16).fill(2))

function seal(plaintext: Uint8Array, dataShards: number, stripe = 0): Uint8Array[] {
  const geometry = { dataShards, totalShards: dataShards, alignmentBytes: 1, shardBytes: 1 << 20 }
  const length = shardBytesFor(geometry, plaintext.length)
  const shards = Array.from({ length: dataShards }, () => new Uint8Array(length).fill(0xee))
  sealSegment(keys, stripe, [plaintext], shards)
  return shards
}

test('a sealed segment opens to what it was, however it is cut', () => {
  const cases = fc.record({
    plaintext: fc.uint8Array({ minLength: 1, maxLength: 300 }),
    dataShards: fc.integer({ min: 1, max: 20 }),
    stripe: fc.nat(),
  })
  fc.assert(
    fc.property(cases, ({ plaintext, dataShards, stripe }) => {
      const shards = seal(plaintext, dataShards, stripe)
      const opened = Buffer.concat(openSegment(keys, stripe, shards, plaintext.length))
      expect(opened.equals(plaintext)).toBe(true)
    }),
  )
})

test('any flipped bit of text or tag is noticed', () => {
  const plaintext = new Uint8Array(50).fill(3)
  const shards = seal(plaintext, 4)
  const sealedBits = (plaintext.length + 16) * 8
  for (let bit = 0; bit < sealedBits; bit += 1) {
    const copy = Buffer.concat(shards)
    copy[bit >> 3]! ^= 1 << (bit & 7)
    expect(() => openSegment(keys, 0, [copy], plaintext.length)).toThrow(expect.objectContaining({ code: 'INTEGRITY' }))
  }
})

test('a segment does not open as another, or under the keys of another object', () => {
  const shards = seal(new Uint8Array(50), 2, 1)
  const other = deriveObjectKeys(new Uint8Array(32).fill(9), new Uint8Array(16).fill(2))
  expect(() => openSegment(keys, 2, shards, 50)).toThrow(expect.objectContaining({ code: 'INTEGRITY' }))
  expect(() => openSegment(other, 1, shards, 50)).toThrow(expect.objectContaining({ code: 'INTEGRITY' }))
})

test('keys differ between objects, purposes and networks', () => {
  const again = deriveObjectKeys(new Uint8Array(32).fill(1), new Uint8Array(16).fill(3))
  const all = [keys, again].flatMap(({ segmentKey, manifestKey, deleteKey }) => [segmentKey, manifestKey, deleteKey])
  expect(new Set(all.map((key) => Buffer.from(key).toString('hex'))).size).toBe(all.length)
})
