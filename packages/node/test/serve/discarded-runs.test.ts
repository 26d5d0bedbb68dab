import { crc32 } from 'node:zlib'
import { Uint8ArrayList } from 'uint8arraylist'
import { expect, test } from 'vitest'
import { manualClock } from '../../src/clock/manual-clock.ts'
import { runIdOf } from '../../src/object/keys.ts'
import { shardId } from '../../src/object/shard-id.ts'
import type { ShardStore } from '../../src/ports/shard-store.ts'
import { shardHandlers } from '../../src/serve/serve-shards.ts'
import { DiscardedRuns, maximumDiscardedRuns } from '../../src/store/discarded-runs.ts'
import { createMemoryStore } from '../../src/store/memory.ts'

const deleteKey = new Uint8Array(32).fill(7)
const runId = runIdOf(deleteKey)
const id = shardId(new Uint8Array(16), 'shard')
const bytes = new Uint8Array(100).fill(1)

function node() {
  const store = createMemoryStore({ capacityBytes: 1 << 20, clock: manualClock() })
  const ask = (served: ShardStore) => {
    const handlers = shardHandlers(served)
    const from = { peerId: 'writer', role: 'client' }
    const { signal } = new AbortController()
    return (method: string, head: unknown, body = new Uint8ArrayList()) =>
      handlers.get(method)!({ method, head, body, from, signal })
  }
  return { store, ask }
}

const putHead = { id, run: runId, checksum: crc32(bytes), deleteAfterMs: 0, durability: 'durable' }

test('what arrives after its object was deleted is not stored', async () => {
  const { store, ask } = node()
  const call = ask(store)
  expect((await call('shard.delete', { ids: [id], deleteKey })).head).toEqual({ deleted: 0 })
  await expect(call('shard.put', putHead, new Uint8ArrayList(bytes))).rejects.toMatchObject({ code: 'RUN_DISCARDED' })
  expect(store.stat(id)).toBeUndefined()
})

test('what is being stored while its object is deleted does not stay', async () => {
  const { store, ask } = node()
  let finish = (): void => {}
  const slow: ShardStore = {
    put: async (write, options) => {
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      return store.put(write, options)
    },
    get: (shard, range) => store.get(shard, range),
    stat: (shard) => store.stat(shard),
    runOf: (shard) => store.runOf(shard),
    delete: (shard) => store.delete(shard),
    ids: () => store.ids(),
    usage: () => store.usage(),
    close: () => store.close(),
  }
  const call = ask(slow)
  const put = call('shard.put', putHead, new Uint8ArrayList(bytes))
  await call('shard.delete', { ids: [id], deleteKey })
  finish()
  await expect(put).rejects.toMatchObject({ code: 'RUN_DISCARDED' })
  expect(store.stat(id)).toBeUndefined()
})

test('the oldest runs are forgotten', () => {
  const runs = new DiscardedRuns()
  const run = (number: number): Uint8Array => Uint8Array.of(number >> 8, number)
  for (let number = 0; number <= maximumDiscardedRuns; number += 1) runs.add(run(number))
  const known = [0, 1, maximumDiscardedRuns].map((number) => runs.isDiscarded(run(number)))
  expect(known).toEqual([false, true, true])
})
