import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecentFile, RecentWrites } from '../../src/store/segment/recent-writes.ts'

const block = 64 << 10

function filled(lengthBytes: number, seed: number): Uint8Array {
  return new Uint8Array(lengthBytes).map((_, index) => seed * 37 + index * 11 + (index >> 8))
}

test('a file that is written one piece after the other can be read where it is kept, and as it is', () => {
  const writes = new RecentWrites()
  const file = new RecentFile()
  const [a, b] = [filled(1000, 1), filled(3000, 2)]
  writes.add(file, [a, b], 0)
  writes.add(file, [b], 4000)
  const into = new Uint8Array(1500)
  expect(writes.read(file, into, 500)).toBe(true)
  expect(into).toEqual(new Uint8Array([...a.subarray(500), ...b.subarray(0, 1000)]))
  expect(writes.read(file, into, 3000)).toBe(false)
  expect(writes.read(file, into, 5501)).toBe(false)
  expect(writes.read(file, into, 5500)).toBe(true)
  expect(into).toEqual(b.subarray(1500))
  expect(writes.read(new RecentFile(), into, 500)).toBe(false)
  writes.forget(file)
  expect(writes.read(file, into, 500)).toBe(false)
})

test('what is read is always what was written last, whatever was written where', () => {
  const write = fc.record({
    file: fc.nat({ max: 2 }),
    back: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 3 }) }),
    blocks: fc.integer({ min: 1, max: 8 }),
    isForgotten: fc.nat({ max: 40 }).map((number) => number === 0),
  })
  let hits = 0
  fc.assert(
    fc.property(fc.array(write, { minLength: 30, maxLength: 90 }), (steps) => {
      const writes = new RecentWrites()
      const files = [0, 1, 2].map(() => ({ recent: new RecentFile(), bytes: new Uint8Array(100 * 8 * block), end: 0 }))
      for (const [number, { file, back, blocks, isForgotten }] of steps.entries()) {
        const { recent, bytes, end } = files[file]!
        const offset = Math.max(0, end - back * block)
        const piece = new Uint8Array(blocks * block).fill(number + 1)
        bytes.set(piece, offset)
        files[file]!.end = Math.max(end, offset + piece.length)
        writes.add(recent, [piece], offset)
        if (isForgotten) writes.forget(recent)
        for (const one of files) {
          const into = new Uint8Array(block)
          for (let at = Math.max(0, one.end - 40 * block); at < one.end; at += block) {
            if (!writes.read(one.recent, into, at)) continue
            hits += 1
            expect(into[0]).toBe(one.bytes[at])
            expect(into.at(-1)).toBe(one.bytes[at + block - 1])
          }
        }
      }
    }),
    { numRuns: 50 },
  )
  expect(hits).toBeGreaterThan(1000)
})

test('what is kept has an end, the oldest goes first, and long writes are not kept', () => {
  const writes = new RecentWrites()
  const file = new RecentFile()
  const into = new Uint8Array(block)
  const count = 300
  for (let number = 0; number < count; number++) writes.add(file, [filled(block, number)], number * block)
  const kept = Array.from({ length: count }, (_, number) => writes.read(file, into, number * block))
  expect(kept.filter(Boolean).length).toBe((8 << 20) / block)
  expect(kept.lastIndexOf(false)).toBe(count - (8 << 20) / block - 1)
  writes.add(file, [new Uint8Array(512 << 10)], count * block)
  expect(writes.read(file, into, count * block)).toBe(false)
  expect(writes.read(file, into, (count - 1) * block)).toBe(true)
})
