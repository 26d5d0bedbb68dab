import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { recordBytes } from '../../src/store/segment/layout.ts'
import { newSegment, Segments } from '../../src/store/segment/segments.ts'
import { type Entry, ShardIndex } from '../../src/store/segment/shard-index.ts'
import { ShardTable } from '../../src/store/segment/shard-table.ts'

const segments = [1, 2, 3].map((number) => newSegment(number, 0))
const arbitraryEntry: fc.Arbitrary<Entry> = fc
  .record({
    object: fc.nat(3),
    number: fc.nat(12),
    deleteAfterMs: fc.oneof(fc.constant(0), fc.nat(60), fc.nat(10_000_000), fc.constant(8.64e15)),
    segment: fc.constantFrom(...segments),
    offsetBytes: fc.nat(2 ** 31),
    lengthBytes: fc.nat(1 << 20),
    checksum: fc.nat(2 ** 32 - 1),
  })
  .map(({ object, number, ...rest }) => ({ ...rest, id: idOf(object, number) }))

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ set: arbitraryEntry }) },
  fc.record({ remove: arbitraryEntry.map(({ id }) => id) }),
  fc.record({ advanceMs: fc.oneof(fc.nat(20), fc.nat(4_000_000)) }),
)

describe('the index', () => {
  test('answers and counts as a plain map does', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.nat(), (steps, seed) => {
        const books = new Segments()
        for (const segment of segments) {
          Object.assign(segment, newSegment(segment.number, 0))
          books.add(segment)
        }
        const index = new ShardIndex(new ShardTable(seed), books)
        const model = new Map<string, Entry>()
        let nowMs = 1
        for (const command of steps) {
          if ('set' in command) {
            index.set(command.set)
            model.set(nameOf(command.set.id), command.set)
          } else if ('remove' in command) {
            index.remove(command.remove)
            model.delete(nameOf(command.remove))
          } else nowMs += command.advanceMs
          check(index, model, nowMs)
        }
        index.expire(Number.MAX_SAFE_INTEGER)
        const endless = [...model.values()].filter(({ deleteAfterMs }) => deleteAfterMs === 0)
        expect(segments.reduce((sum, { liveCount }) => sum + liveCount, 0)).toBe(endless.length)
        expect(segments.reduce((sum, { liveBytes }) => sum + liveBytes, 0)).toBe(bytesOf(endless))
      }),
    )
  })

  test('what is over stays over when the clock is set back, and a newcomer that ends then lives', () => {
    const books = new Segments()
    for (const segment of segments) books.add(segment)
    const index = new ShardIndex(new ShardTable(7), books)
    const entry = (number: number): Entry => {
      const place = { segment: segments[0]!, offsetBytes: 4096, lengthBytes: 10, checksum: 1 }
      return { id: idOf(1, number), deleteAfterMs: 100, ...place }
    }
    index.set(entry(1))
    index.expire(100)
    index.set(entry(2))
    expect(index.get(idOf(1, 1), 50)).toBeUndefined()
    expect(index.get(idOf(1, 2), 50)).toMatchObject({ deleteAfterMs: 100 })
    expect(index.size).toBe(1)
    index.expire(100)
    expect(index.size).toBe(0)
  })
})

test('a table finds what is in it while chains are dealt out, whatever the seed', () => {
  const operations = fc.array(fc.record({ key: fc.nat(300), adds: fc.boolean() }), { maxLength: 600 })
  fc.assert(
    fc.property(operations, fc.nat(), (steps, seed) => {
      const table = new ShardTable(seed)
      const model = new Map<number, number>()
      for (const { key, adds } of steps) {
        if (adds === model.has(key)) continue
        if (adds) {
          const place = { segment: 1, offsetBytes: key, lengthBytes: 0, checksum: 0 }
          model.set(key, table.add({ id: idOf(key & 7, key >> 3), deleteAfterMs: 0, ...place }))
        } else {
          table.remove(model.get(key)!)
          model.delete(key)
        }
      }
      for (let key = 0; key <= 300; key++) expect(table.find(idOf(key & 7, key >> 3))).toBe(model.get(key) ?? 0)
      expect([...table.rows()].sort()).toEqual([...model.values()].sort())
    }),
  )
})

function check(index: ShardIndex, model: Map<string, Entry>, nowMs: number): void {
  index.expire(nowMs)
  for (const [name, { deleteAfterMs }] of model) if (deleteAfterMs !== 0 && deleteAfterMs <= nowMs) model.delete(name)
  expect(index.size).toBe(model.size)
  expect(index.liveBytes).toBe(bytesOf([...model.values()]))
  expect([...index.ids()].map(nameOf).sort()).toEqual([...model.keys()].sort())
  for (const entry of model.values()) expect(index.get(entry.id, nowMs)).toEqual(entry)
  expect(index.get(idOf(9, 9), nowMs)).toBeUndefined()
}

function bytesOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { lengthBytes }) => sum + recordBytes(lengthBytes), 0)
}

function idOf(object: number, number: number): Uint8Array {
  const id = new Uint8Array(24).fill(object, 0, 16)
  id[23] = number
  return id
}

function nameOf(id: Uint8Array): string {
  return Buffer.from(id).toString('hex')
}
