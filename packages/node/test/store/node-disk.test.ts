import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { alignedMemory } from '../../src/aligned-memory.ts'
import { blockBytes } from '../../src/store/segment/layout.ts'
import { openNodeDisk } from '../../src/store/segment/node-disk.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'p2pstore-disk-'))
})

afterEach(() => rm(directory, { recursive: true, force: true }))

/** Lengths about the halves of memory that direct writes use, and whole blocks as well as others. */
const lengths = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: 3 * blockBytes }),
    fc.integer({ min: 0, max: 3 }).map((blocks) => blocks * blockBytes),
    fc.integer({ min: (1 << 20) - 2, max: (1 << 20) + 2 }),
  ),
  { maxLength: 6 },
)

test('pieces of any lengths lie in the file one after the other, however they were written', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(lengths, { minLength: 1, maxLength: 4 }), async (writes) => {
      const disk = await openNodeDisk(directory)
      const file = await disk.create('bytes')
      const expected: Uint8Array[] = []
      let end = 0
      for (const [number, pieceLengths] of writes.entries()) {
        const pieces = pieceLengths.map((length, index) => new Uint8Array(length).map((_, i) => i * 7 + index + number))
        const padding = new Uint8Array(number % 2 === 0 ? -sum(pieceLengths) & (blockBytes - 1) : 0)
        await file.write([...pieces, padding], end)
        expected.push(...pieces, padding)
        end += sum(pieceLengths) + padding.length
      }
      await file.sync()
      expect(await file.sizeBytes()).toBe(end)
      await file.close()
      expect(Buffer.compare(await readFile(join(directory, 'bytes')), Buffer.concat(expected))).toBe(0)
    }),
    { numRuns: 20 },
  )
})

test('several files of one disk are written at once', async () => {
  const disk = await openNodeDisk(directory)
  const numbers = [1, 2, 3, 4]
  await Promise.all(
    numbers.map(async (number) => {
      const file = await disk.create(`${number}`)
      await file.write([new Uint8Array(3 << 20).fill(number)], 0)
      await file.close()
    }),
  )
  for (const number of numbers) {
    const bytes = await readFile(join(directory, `${number}`))
    expect(bytes.length).toBe(3 << 20)
    expect(bytes.every((byte) => byte === number)).toBe(true)
  }
})

test('ranges long and short are read as they were written, the first time and again, and up to the end of the file', async () => {
  const disk = await openNodeDisk(directory)
  const bytes = new Uint8Array(1_500_000).map((_, index) => index * 31 + (index >> 8))
  const made = await disk.create('bytes')
  await made.write([bytes], 0)
  await made.close()
  const file = await disk.open('bytes')
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: bytes.length }),
      fc.oneof(fc.integer({ min: 0, max: 9000 }), fc.integer({ min: 250_000, max: 1_400_000 })),
      fc.integer({ min: 1, max: 6 }),
      async (offset, length, readers) => {
        const read = async (): Promise<void> => {
          const into = new Uint8Array(length)
          const count = await file.read(into, offset)
          expect(count).toBe(Math.min(length, bytes.length - offset))
          expect(Buffer.compare(into.subarray(0, count), bytes.subarray(offset, offset + count))).toBe(0)
        }
        await Promise.all(Array.from({ length: readers }, read))
        await read()
      },
    ),
    { numRuns: 60 },
  )
  await file.close()
})

function sum(lengths: readonly number[]): number {
  return lengths.reduce((total, length) => total + length, 0)
}

test('what is read into aligned memory, wherever it lies there, is as it was written, and blocks around it are not touched', async () => {
  const disk = await openNodeDisk(directory)
  const bytes = new Uint8Array(1_500_000).map((_, index) => index * 31 + (index >> 8))
  const made = await disk.create('bytes')
  await made.write([bytes], 0)
  await made.close()
  const memory = alignedMemory(2 << 20)
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: bytes.length }),
      fc.integer({ min: 256 << 10, max: 1_400_000 }),
      fc.integer({ min: 0, max: 1000 }),
      fc.constantFrom(0, 0, 0, 1, 17),
      async (offset, length, startBlock, astray) => {
        const start = Math.min(startBlock * blockBytes + (offset % blockBytes) + astray, memory.length - length)
        const before = Math.floor(start / blockBytes) * blockBytes
        const after = Math.ceil((start + length) / blockBytes) * blockBytes
        memory.fill(255)
        // A file that was not read yet is read directly, whatever was read before.
        const file = await disk.open('bytes')
        const count = await file.read(memory.subarray(start, start + length), offset)
        await file.close()
        expect(count).toBe(Math.min(length, bytes.length - offset))
        expect(Buffer.compare(memory.subarray(start, start + count), bytes.subarray(offset, offset + count))).toBe(0)
        expect(memory.subarray(0, before).every((byte) => byte === 255)).toBe(true)
        expect(memory.subarray(after).every((byte) => byte === 255)).toBe(true)
      },
    ),
    { numRuns: 60 },
  )
})
