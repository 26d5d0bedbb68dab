import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { createMemoryNetwork } from '../src/memory-network.ts'

const lengths = [0, 1, 1000, 1 << 20, (1 << 20) - 16, 5_000_001]

test.each(lengths)('an object of %i bytes comes back as it was stored, through another peer', async (length) => {
  await using network = await createMemoryNetwork()
  const writer = await network.addClient()
  const bytes = randomBytes(length)
  const receipt = await writer.put(bytes)
  expect(receipt.objectBytes).toBe(length)
  const reader = await network.addClient()
  expect((await buffer(reader.get(receipt.capability))).equals(bytes)).toBe(true)
})
