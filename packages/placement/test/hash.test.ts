import { expect, test } from 'vitest'
import { hashBytes, mixPair, murmur3 } from '../src/hash.ts'
import { numberedKey } from './arbitrary.ts'

const published: [bytes: Uint8Array, seed: number, hash: number][] = [
  [Uint8Array.of(), 0, 0],
  [Uint8Array.of(), 1, 0x514e28b7],
  [Uint8Array.of(), 0xffffffff, 0x81f16f39],
  [Uint8Array.of(0xff, 0xff, 0xff, 0xff), 0, 0x76293b50],
  [Uint8Array.of(0x21, 0x43, 0x65, 0x87), 0, 0xf55b516b],
  [Uint8Array.of(0x21, 0x43, 0x65), 0, 0x7e4a8634],
  [Uint8Array.of(0x21, 0x43), 0, 0xa0f7b07a],
  [Uint8Array.of(0x21), 0, 0x72661cf4],
  [new TextEncoder().encode('Hello, world!'), 0x9747b28c, 0x24884cba],
  [new TextEncoder().encode('The quick brown fox jumps over the lazy dog'), 0x9747b28c, 0x2fa826cd],
]

test.each(published)('murmur3 of %o with seed %d is the published value', (bytes, seed, hash) => {
  expect(murmur3(bytes, seed)).toBe(hash)
})

test('every bit of a pair is set about half of the time', () => {
  const samples = 20_000
  const node = hashBytes(Uint8Array.of(7), 0)
  const ones = new Array<number>(32).fill(0)
  for (let i = 0; i < samples; i++) {
    const mixed = mixPair(node, hashBytes(numberedKey(i), 0))
    for (let bit = 0; bit < 32; bit++) ones[bit]! += (mixed >>> bit) & 1
  }
  // Five standard deviations of a fair coin.
  for (const count of ones) expect(Math.abs(count - samples / 2)).toBeLessThan(5 * Math.sqrt(samples / 4))
})
