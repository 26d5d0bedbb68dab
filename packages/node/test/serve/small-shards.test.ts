import { crc32 } from 'node:zlib'
import { Uint8ArrayList } from 'uint8arraylist'
import { expect, test } from 'vitest'
import { manualClock } from '../../src/clock/manual-clock.ts'
import { createMemoryNetwork } from '../../src/memory-network.ts'
import type { Call } from '../../src/messages/call.ts'
import { maximumSmallShards, smallShardBytes } from '../../src/messages/shard-messages.ts'
import { shardId } from '../../src/object/shard-id.ts'
import { shardHandlers } from '../../src/serve/serve-shards.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import { SmallShards } from '../../src/transfer/small-shards.ts'
import { readAll } from '../object-bytes.ts'

const run = new Uint8Array(16).fill(1)
const { signal } = new AbortController()

function node() {
  const store = createMemoryStore({ capacityBytes: 8 << 20, clock: manualClock() })
  const handlers = shardHandlers(store)
  const calls: string[] = []
  const ask = async (method: string, head: unknown, body = new Uint8ArrayList()) => {
    calls.push(method)
    const from = { peerId: 'writer', role: 'client' }
    const reply = await handlers.get(method)!({ method, head, body, from, signal })
    return { head: reply.head ?? {}, body: new Uint8ArrayList(reply.body ?? new Uint8Array()) }
  }
  const small = new SmallShards((async (_peerId, { method }, head, { body }) =>
    ask(method, head, body instanceof Uint8Array ? new Uint8ArrayList(body) : body)) as Call)
  return { store, ask, small, calls }
}

const shard = (number: number, lengthBytes: number) => {
  const bytes = new Uint8Array(lengthBytes).fill(number + 1)
  return { id: shardId(run, 'manifest', number), run, bytes, checksum: crc32(bytes), deleteAfterMs: 0 }
}

test('many go to a node and come back in one request each', async () => {
  const { store, small, calls } = node()
  const shards = Array.from({ length: maximumSmallShards }, (_, number) => shard(number, number * 100))
  const locations = await Promise.all(shards.map((one) => small.put('n', one, signal)))
  expect(locations).toEqual(shards.map(({ id }) => store.stat(id)))
  const bodies = await Promise.all(shards.map(({ id }) => small.get('n', id)))
  expect(bodies.map((body) => new Uint8Array(body))).toEqual(shards.map(({ bytes }) => bytes))
  expect(calls).toEqual(['shards.put', 'shards.get'])
})

test('each has a fate of its own', async () => {
  const { store, small, calls } = node()
  const [good, other, damaged, long, absent] = [0, 1, 2, 3, 4].map((number) => shard(number, 500))
  for (const one of [good!, damaged!]) await small.put('n', one, signal)
  store.corrupt(damaged!.id)
  await store.put({ ...other!, runId: new Uint8Array(16).fill(9), body: new Uint8ArrayList(other!.bytes) })
  const longShard = { ...shard(3, smallShardBytes + 1), id: long!.id }
  const wrong = { ...shard(5, 10), checksum: 1 }
  const puts = await Promise.allSettled(
    [other!, longShard, wrong, shard(6, 0)].map((one) => small.put('n', one, signal)),
  )
  expect(puts).toMatchObject([
    { reason: { name: 'RemoteError', code: 'SHARD_CONFLICT', peerId: 'n', retryable: false } },
    { value: { lengthBytes: smallShardBytes + 1 } },
    { reason: { code: 'CHECKSUM_MISMATCH' } },
    { value: { lengthBytes: 0 } },
  ])
  calls.length = 0
  const gets = await Promise.allSettled([good!, damaged!, longShard, absent!].map(({ id }) => small.get('n', id)))
  expect(gets).toMatchObject([
    { value: { length: 500 } },
    { reason: { code: 'SHARD_CORRUPT' } },
    { value: { length: smallShardBytes + 1 } },
    { reason: { code: 'SHARD_NOT_FOUND' } },
  ])
  expect(calls).toEqual(['shards.get', 'shard.get'])
})

test('a shard that is replaced by a long one while it is read has to be asked for alone', async () => {
  const { ask, store, small } = node()
  await small.put('n', shard(0, 100), signal)
  store.get = async () => new Uint8Array(smallShardBytes + 1)
  const { head } = await ask('shards.get', { ids: [shard(0, 100).id] })
  expect(head).toMatchObject({ shards: [{ code: 'SHARD_LONG' }] })
})

test('a body that is not as long as its shards is refused, and nothing of it is kept', async () => {
  const { ask, store } = node()
  const { bytes, ...head } = shard(0, 100)
  for (const lengthBytes of [99, 101, 0]) {
    const put = ask('shards.put', { shards: [{ ...head, lengthBytes }] }, new Uint8ArrayList(bytes))
    await expect(put).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
  }
  for (const lengthBytes of [-1, 0.5, smallShardBytes + 1]) {
    await expect(ask('shards.put', { shards: [{ ...head, lengthBytes }] })).rejects.toThrow('shards.put')
  }
  const many = { ids: Array.from({ length: maximumSmallShards + 1 }, () => head.id) }
  await expect(ask('shards.get', many)).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
  expect([...store.ids()]).toEqual([])
})

test('answers that do not fit the questions are believed by nobody', async () => {
  for (const shards of [[], [5, 5]]) {
    const small = new SmallShards((async () => ({ head: { shards }, body: new Uint8ArrayList() })) as never)
    await expect(small.get('n', run)).rejects.toThrow('answers')
  }
  const short = new SmallShards((async () => ({ head: { shards: [5] }, body: new Uint8ArrayList() })) as never)
  await expect(short.get('n', run)).rejects.toThrow()
})

test('small objects that are put and got at the same time come back as they were', async () => {
  await using network = await createMemoryNetwork()
  const client = await network.addClient()
  const objects = Array.from({ length: 100 }, (_, number) => Buffer.alloc(1 + number * 163, number))
  const receipts = await Promise.all(objects.map((object) => client.put(object)))
  const found = await Promise.all(receipts.map(({ capability }) => readAll(client, capability)))
  expect(found.map((bytes, number) => bytes.equals(objects[number]!))).toEqual(objects.map(() => true))
})
