import fc from 'fast-check'
import type { Candidate } from '../src/candidate.ts'

export const keys = fc.uint8Array({ maxLength: 40 })
export const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 })

/** Networks of up to 24 nodes in up to 8 domains; some nodes weigh nothing, some are away. */
export const networks: fc.Arbitrary<Candidate[]> = fc.uniqueArray(
  fc.record({
    peerId: fc.string({ minLength: 1, maxLength: 8 }),
    weight: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 1000 }) }, fc.constant(0)),
    domain: fc.integer({ min: 0, max: 7 }).map((number) => `rack-${number}`),
    available: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.constant(false)),
  }),
  { selector: ({ peerId }) => peerId, maxLength: 24 },
)

export function evenNetwork(size: number, domains = size): Candidate[] {
  return Array.from({ length: size }, (_, i) => ({
    peerId: `node-${i}`,
    weight: 100,
    domain: `rack-${i % domains}`,
    available: true,
  }))
}

export function numberedKey(number: number): Uint8Array {
  return Uint8Array.of(number, number >> 8, number >> 16, number >> 24)
}
