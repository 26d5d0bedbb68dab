import type { Random } from '../ports/random.ts'

/**
 * The same numbers for the same seed, on every machine: for tests and simulations, never for keys.
 *
 * Source: the sfc32 generator of Chris Doty-Humphrey's PractRand (three words of state and a counter), its state filled
 * from the seed and stirred for twelve rounds.
 *
 * @param seed an integer, 0 … 2^32 − 1
 */
export function seededRandom(seed: number): Random {
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff) {
    throw new RangeError(`a seed is an integer from 0 to 2^32 − 1, not ${seed}`)
  }
  let a = 0
  let b = 0
  let c = seed | 0
  let counter = 1
  const uint32 = (): number => {
    const out = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + out) | 0
    return out >>> 0
  }
  for (let round = 0; round < 12; round++) uint32()
  return { uint32, bytes: (length) => fill(new Uint8Array(length), uint32) }
}

function fill(bytes: Uint8Array, uint32: () => number): Uint8Array {
  for (let index = 0; index < bytes.length; index += 4) {
    const word = uint32()
    for (let byte = 0; byte < 4 && index + byte < bytes.length; byte++) bytes[index + byte] = word >>> (8 * byte)
  }
  return bytes
}
