import { createCodec } from '@p2pstore/codec'
import { expect, test } from 'vitest'
import type { Lease } from '../../src/transfer/stripe-pool.ts'
import { Stripes } from '../../src/transfer/stripes.ts'

const never = new AbortController().signal
const longBytes = 512 << 10
const shortBytes = 1024

async function newStripes(): Promise<Stripes> {
  return new Stripes(await createCodec('rs:4+2'), longBytes)
}

function takeMany(stripes: Stripes, shardBytes: number, count: number): Promise<Lease[]> {
  return Promise.all(Array.from({ length: count }, () => stripes.take(shardBytes, never)))
}

test('a crowd of small stripes goes ahead while all long ones are taken', async () => {
  const stripes = await newStripes()
  await takeMany(stripes, longBytes, stripes.count)
  const leases = await takeMany(stripes, shortBytes, 64)
  expect(leases.map(({ shards }) => shards.map(({ length }) => length))).toEqual(
    Array.from({ length: 64 }, () => Array.from({ length: 6 }, () => shortBytes)),
  )
})

test.each([longBytes, shortBytes])(
  'of shards of %i bytes only so many are lent, the next when one is back',
  async (bytes) => {
    const stripes = await newStripes()
    const [first] = await takeMany(stripes, bytes, bytes === longBytes ? stripes.count : 64)
    const order: string[] = []
    const next = stripes.take(bytes, never).then(() => order.push('lent'))
    await Promise.resolve()
    order.push('given back')
    stripes.release(first!)
    await next
    expect(order).toEqual(['given back', 'lent'])
  },
)

test('short shards are coded as long ones are', async () => {
  const codec = await createCodec('rs:4+2')
  const stripes = new Stripes(codec, longBytes)
  const { shards } = await stripes.take(shortBytes, never)
  for (const [index, shard] of shards.slice(0, codec.dataShards).entries()) shard.fill(index + 1)
  codec.encode(shards)
  expect(codec.verify(shards)).toBe(true)
  expect(codec.reconstruct([undefined, undefined, ...shards.slice(2)])).toEqual(shards.slice(0, 2))
})
