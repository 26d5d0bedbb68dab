import { expect, test } from 'vitest'
import { alignedMemory, blocksAround } from '../src/aligned-memory.ts'

const blockBytes = 4096

test('the blocks around a part are whole ones, and lie as those of the file do', () => {
  const memory = alignedMemory(16 * blockBytes)
  const around = blocksAround(memory.subarray(blockBytes + 100, 3 * blockBytes + 1), 7 * blockBytes + 100, blockBytes)
  expect(around?.buffer).toBe(memory.buffer)
  expect(around?.byteOffset).toBe(blockBytes)
  expect(around?.length).toBe(3 * blockBytes)
})

test('a part that lies otherwise in its blocks than the bytes do in the file has none', () => {
  const memory = alignedMemory(16 * blockBytes)
  expect(blocksAround(memory.subarray(100, 5000), 99, blockBytes)).toBeUndefined()
  expect(blocksAround(memory.subarray(100, 5000), 0, blockBytes)).toBeUndefined()
  expect(blocksAround(memory.subarray(0, 5000), 100, blockBytes)).toBeUndefined()
})

test('memory that begins anywhere has none, nor has a part too near its end', () => {
  expect(blocksAround(new Uint8Array(16 * blockBytes), 0, blockBytes)).toBeUndefined()
  const memory = alignedMemory(16 * blockBytes)
  const short = new Uint8Array(memory.buffer, 15 * blockBytes, blockBytes)
  expect(blocksAround(short, 0, blockBytes)?.length).toBe(blockBytes)
  expect(blocksAround(short.subarray(1), 1, blockBytes)?.length).toBe(blockBytes)
})
