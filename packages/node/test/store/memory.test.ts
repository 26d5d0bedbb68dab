import { expect, test } from 'vitest'
import { createMemoryStore } from '../../src/store/memory.ts'
import { id, pattern, shard, shardStoreContract } from '../contract/shard-store.ts'
import { ManualClock } from './manual-clock.ts'

shardStoreContract('the memory store', async ({ capacityBytes }) => {
  const clock = new ManualClock()
  const store = createMemoryStore({ capacityBytes, clock })
  const again = async () => store.crash()
  const reopen = () => store.close().then(again)
  return { store, clock, reopen, crash: again, corrupt: async (id) => void store.corrupt(id), end: () => store.close() }
})

test('a crash takes exactly what was not durable', async () => {
  const store = createMemoryStore({ capacityBytes: 1 << 20, clock: new ManualClock() })
  await store.put(shard(1, 10))
  await store.put(shard(2, 10), { durability: 'memory' })
  await store.put(shard(1, 20, { seed: 9 }), { durability: 'memory', ifPresent: 'replace' })
  store.crash()
  expect(await store.get(id(1))).toEqual(pattern(1, 10))
  expect(await store.get(id(2))).toBeUndefined()
  await store.put(shard(2, 10), { durability: 'memory' })
  await store.put(shard(3, 10))
  store.crash()
  expect([...store.ids()]).toHaveLength(3)
})

test('corrupting what is not there says so', () => {
  const store = createMemoryStore({ capacityBytes: 1 << 20, clock: new ManualClock() })
  expect(store.corrupt(id(1))).toBe(false)
})
