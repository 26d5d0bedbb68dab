import { randomBytes } from 'node:crypto'
import type { Random } from '../ports/random.ts'

/** The machine's own cryptographically strong source. */
export const systemRandom: Random = {
  bytes: (length) => new Uint8Array(randomBytes(length)),
  uint32: () => randomBytes(4).readUInt32LE(),
}
