import { randomBytes } from 'node:crypto'
import { Uint8ArrayList } from 'uint8arraylist'
import { expect, test } from 'vitest'
import type { StoredObject } from '../src/catalog/stored-object.ts'
import { never } from '../src/on-abort.ts'
import { withRebuiltShards } from '../src/read-stripe.ts'
import { Codings } from '../src/transfer/coding.ts'

test('a shard that was taken for lost and found after all is as it was found', async () => {
  const coding = await new Codings().open('mirror:3', 64)
  const object = { coding, shardBytesOf: () => 64 } as unknown as StoredObject
  const bytes = new Uint8Array(randomBytes(64))
  const fetched = new Map([[1, new Uint8ArrayList(bytes)]])
  const read = (shards: readonly Uint8Array[]) => [0, 1].map((index) => Uint8Array.from(shards[index]!))
  expect(await withRebuiltShards(object, 0, fetched, [0, 1], never, read)).toEqual([bytes, bytes])
})
