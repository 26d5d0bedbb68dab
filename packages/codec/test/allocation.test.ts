import { describe, expect, test } from 'vitest'
import { createArena } from '../src/arena.ts'
import { createCodec } from '../src/codec.ts'

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

describe.each(['rs:10+4', 'rs:10+4/vandermonde', 'grid:3+1,3+1', 'local:6+2+2'])(
  'in an arena, once warm, %s',
  (scheme) => {
    test.each(['encode', 'rebuild', 'update'] as const)('%s allocates nothing', async (operation) => {
      const codec = await createCodec(scheme)
      const { shards } = createArena(codec, { shardBytes: 1024, stripes: 1 }).take()!
      const erased = [0]
      const run = {
        encode: () => codec.encode(shards),
        rebuild: () => codec.rebuild(shards, erased),
        update: () => codec.update(shards, 1),
      }[operation]
      expect(allocatedBytes(run)).toBeLessThan(sparedBytes)
    })
  },
)

test('what allocates is noticed', () => {
  const kept: Uint8Array[] = []
  expect(
    allocatedBytes(() => {
      kept[0] = new Uint8Array(8)
    }),
  ).toBeGreaterThan(sparedBytes)
})
