import { randomBytes, randomInt } from 'node:crypto'
import type { Random } from '../ports/random.ts'

/** The machine's own cryptographically strong source. */
export const systemRandom: Random = {
  bytes: (length) => new Uint8Array(randomBytes(length)),
  // Node draws these from a store of random bytes; four bytes of one's own take 5 µs.
  uint32: () => randomInt(2 ** 32),
}
