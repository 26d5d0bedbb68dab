import { describe, expect, test, vi } from 'vitest'
import type { ArenaUser } from '../src/arena.ts'

/** Enough for the JavaScript engine to compile all that is involved. */
const warmUpRuns = 20_000
const runs = 400
const attempts = 2_000
/** Asking how much is used takes some itself. */
const sparedBytes = 16

/** Bytes of heap per run: the least of many attempts, since the engine's own doings count as well, and it compiles when it likes. */
function allocatedBytes(run: () => void): number {
  for (let index = 0; index < warmUpRuns; index++) run()
  let least = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < attempts && least >= sparedBytes; attempt++) {
    const before = process.memoryUsage().heapUsed
    for (let index = 0; index < runs; index++) run()
    least = Math.min(least, Math.abs(process.memoryUsage().heapUsed - before) / runs)
  }
  return least
}

type Modules = typeof import('../src/index.ts')

const copies = 3

/**
 * The engine may compile a function before it has seen enough of it, and leave it at that for as long as the process lives: then
 * a fresh copy of all of them gets another chance.
 */
async function leastAllocatedBytes(prepare: (modules: Modules) => Promise<() => void>): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let copy = 0; copy < copies && least >= sparedBytes; copy++) {
    if (copy > 0) vi.resetModules()
    least = allocatedBytes(await prepare(await import('../src/index.ts')))
  }
  return least
}

const places = ['an arena', 'arrays elsewhere'] as const
const schemes = ['rs:10+4', 'rs:10+4/vandermonde', 'grid:3+1,3+1', 'local:6+2+2']

describe.each(places.flatMap((place) => schemes.map((scheme) => [place, scheme] as const)))(
  'in %s, once warm, %s',
  (place, scheme) => {
    test.each(['encode', 'rebuild', 'rebuild-one', 'update', 'verify', 'verify-rest'] as const)(
      '%s allocates nothing',
      async (operation) => {
        const least = await leastAllocatedBytes(async ({ createArena, createCodec }) => {
          const codec = await createCodec(scheme)
          const shards = stripeIn(place, codec, createArena, 1024)
          const erased = [0]
          const two = [0, 2]
          const oneOfTwo = { wanted: [2] }
          const rest = shards.map((shard, number) => (number === 1 ? undefined : shard))
          return {
            encode: () => codec.encode(shards),
            rebuild: () => codec.rebuild(shards, erased),
            'rebuild-one': () => codec.rebuild(shards, two, oneOfTwo),
            update: () => codec.update(shards, 1),
            verify: () => codec.verify(shards),
            'verify-rest': () => codec.verify(rest),
          }[operation]
        })
        expect(least).toBeLessThan(sparedBytes)
      },
    )
  },
)

test.each(places)('in %s, once warm, changing a stripe allocates nothing', async (place) => {
  const least = await leastAllocatedBytes(async ({ createArena, createChanger }) => {
    const changer = await createChanger('rs:4+2', 'rs:5+2')
    const shards = stripeIn(place, changer, createArena, 1024)
    const [before, after] = [shards.slice(0, 6), shards.slice(6)]
    return () => changer.apply(before, after)
  })
  expect(least).toBeLessThan(sparedBytes)
})

function stripeIn(
  place: (typeof places)[number],
  user: ArenaUser,
  createArena: Modules['createArena'],
  shardBytes: number,
): readonly Uint8Array[] {
  if (place === 'an arena') return createArena(user, { shardBytes, stripes: 1 }).take()!.shards
  return Array.from({ length: user.totalShards }, () => new Uint8Array(shardBytes))
}

test('what allocates is noticed', () => {
  const kept: Uint8Array[] = []
  expect(
    allocatedBytes(() => {
      kept[0] = new Uint8Array(8)
    }),
  ).toBeGreaterThan(sparedBytes)
})
