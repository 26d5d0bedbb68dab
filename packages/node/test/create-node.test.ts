import { expect, test } from 'vitest'
import { createNode } from '../src/create-node.ts'

test('a rate of state that makes no sense is refused before anything is opened', async () => {
  for (const stateBytesPerSecond of [0, 1023, 2 ** 30 + 1, 1.5, Number.NaN]) {
    await expect(createNode({ directory: 'nowhere', stateBytesPerSecond })).rejects.toThrow(RangeError)
  }
  await expect(createNode({ directory: 'nowhere', stateBytesPerSecond: 1024 })).rejects.toMatchObject({
    code: expect.any(String),
  })
})
