import fc from 'fast-check'
import type { Candidate } from '../src/candidate.ts'
import type { StripeGeometry } from '../src/geometry.ts'
import type { Strategy } from '../src/policy.ts'
import { grid, local, reedSolomon } from './geometries.ts'

export const keys = fc.uint8Array({ maxLength: 40 })
export const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 })
export const strategies = fc.constantFrom<Strategy>('weighted-random', 'least-loaded', 'nearest', 'spread')

const side = (data: number, parity = 1) => ({ data, parity })

/** Small enough for everything to be tried, of every kind there is. */
export const smallGeometries: Readonly<Record<string, StripeGeometry>> = {
  'mirror:3': reedSolomon(1, 2),
  'rs:4+2': reedSolomon(4, 2),
  'rs:6+3': reedSolomon(6, 3),
  'local:6+2+2': local(6, 2, 2),
  'local:8+2+1': local(8, 2, 1),
  'grid:2+1,2+1': grid([side(2), side(2)]),
  'grid:1+1,3+1': grid([side(1), side(3)]),
  'grid:2+1,2+2': grid([side(2), side(2, 2)]),
  'grid:3+1,3+1': grid([side(3), side(3)]),
  'grid:3+0,2+1': grid([side(3, 0), side(2)]),
  'grid:1+1,1+1,1+1': grid([side(1), side(1), side(1)]),
  'grid:1+1,1+1,2+1': grid([side(1), side(1), side(2)]),
  'grid:1+1,1+1,1+1,1+1': grid([side(1), side(1), side(1), side(1)]),
  'lines:2+1,2+1': grid([side(2), side(2)], 'lines'),
  'lines:3+1,2+1': grid([side(3), side(2)], 'lines'),
}

export const geometries = fc.constantFrom(...Object.keys(smallGeometries)).map((name) => smallGeometries[name]!)

/** Networks of up to 24 nodes in up to 8 domains; some nodes weigh nothing, some are away. */
export const networks: fc.Arbitrary<Candidate[]> = fc.uniqueArray(
  fc.record({
    peerId: fc.string({ minLength: 1, maxLength: 8 }),
    weight: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 1000 }) }, fc.constant(0)),
    domain: fc.integer({ min: 0, max: 7 }).map((number) => `rack-${number}`),
    available: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.constant(false)),
    load: fc.nat(9),
    path: fc.record({
      roundTripUs: fc.nat(400_000),
      congestionPermille: fc.oneof({ weight: 5, arbitrary: fc.nat(900) }, fc.constant(1000)),
      isSecure: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.constant(false)),
    }),
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

/** As many nodes in each domain as said, of uneven weights and loads. */
export function networkOf(sizes: readonly number[]): Candidate[] {
  return sizes.flatMap((size, domain) =>
    Array.from({ length: size }, (_, i) => ({
      peerId: `node-${domain}-${i}`,
      weight: 1 + ((domain * 31 + i * 17) % 100),
      domain: `rack-${domain}`,
      available: true,
      load: (domain * 7 + i * 13) % 10,
    })),
  )
}

export function numberedKey(number: number): Uint8Array {
  return Uint8Array.of(number, number >> 8, number >> 16, number >> 24)
}
