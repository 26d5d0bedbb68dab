import { describe, expect, it } from 'vitest'
import type { Random } from '../../src/ports/random.ts'

/** What every source of chance must do. */
export function testRandom(name: string, create: () => Random): void {
  describe(`${name} as a source of chance`, () => {
    it('gives as many bytes as asked for, owned by the caller', () => {
      const random = create()
      for (const length of [0, 1, 3, 4, 5, 1000]) {
        const bytes = random.bytes(length)
        expect(bytes).toHaveLength(length)
        expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype)
        expect(bytes.buffer.byteLength).toBe(length)
      }
    })

    it('gives integers of 32 bits', () => {
      const random = create()
      for (let round = 0; round < 1000; round++) {
        const value = random.uint32()
        expect(Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff).toBe(true)
      }
    })

    it('sets every bit about half of the time', () => {
      const random = create()
      const rounds = 4000
      const ones = new Array<number>(64).fill(0)
      for (let round = 0; round < rounds; round++) {
        const bytes = Buffer.from(random.bytes(4)).readUInt32LE()
        const value = random.uint32()
        for (let bit = 0; bit < 32; bit++) {
          ones[bit]! += (bytes >>> bit) & 1
          ones[32 + bit]! += (value >>> bit) & 1
        }
      }
      // Six standard deviations: a sound source fails here once in eight million runs.
      const toleranceOnes = 6 * Math.sqrt(rounds / 4)
      for (const count of ones) expect(Math.abs(count - rounds / 2)).toBeLessThan(toleranceOnes)
    })
  })
}
