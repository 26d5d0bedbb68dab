import { crc32 } from 'node:zlib'
import { Uint8ArrayList } from 'uint8arraylist'
import { expect, test } from 'vitest'
import { manualClock } from '../../src/clock/manual-clock.ts'
import { shardId } from '../../src/object/shard-id.ts'
import { shardHandlers } from '../../src/serve/serve-shards.ts'
import { arrivals } from '../../src/slabs.ts'
import { createMemoryStore } from '../../src/store/memory.ts'

const slabBytes = 64 << 10

test.each([
  ['lent and stored', { isBodyLent: true }, 0, true],
  ['lent and refused', { isBodyLent: true }, 1, false],
  ["the caller's", {}, 0, false],
])('the memory of a body that is %s', async (_, lent, error, isUsedAgain) => {
  const store = createMemoryStore({ capacityBytes: 1 << 20, clock: manualClock() })
  const slab = arrivals.take(slabBytes).fill(error)
  arrivals.handOut(slab, slab.length)
  const request = {
    method: 'shard.put',
    head: {
      id: shardId(new Uint8Array(16), 'shard'),
      run: new Uint8Array(16),
      checksum: (crc32(slab) ^ error) >>> 0,
      deleteAfterMs: 0,
      durability: 'durable',
    },
    body: new Uint8ArrayList(slab.subarray(0, 1000), slab.subarray(1000)),
    from: { peerId: 'writer', role: 'client' },
    signal: new AbortController().signal,
    ...lent,
  }
  const stored = shardHandlers(store).get('shard.put')!(request)
  if (error === 0) await stored
  else await expect(stored).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' })
  expect(arrivals.take(slabBytes).buffer === slab.buffer).toBe(isUsedAgain)
})
