import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { recordBytes } from '../../src/store/segment/layout.ts'
import { finished, mixed, RowTable } from '../../src/store/segment/row-table.ts'
import { newSegment, Segments } from '../../src/store/segment/segments.ts'
import { type Entry, ShardIndex } from '../../src/store/segment/shard-index.ts'
import { ShardTable } from '../../src/store/segment/shard-table.ts'

const segments = [1, 2, 3].map((number) => newSegment(number, 0))
const arbitraryEntry: fc.Arbitrary<Entry> = fc
  .record({
    object: fc.nat(3),
    number: fc.nat(12),
    run: fc.nat(2),
    deleteAfterMs: fc.oneof(fc.constant(0), fc.nat(60), fc.constant(8.64e15)),
    segment: fc.constantFrom(...segments),
    offsetBytes: fc.nat(2 ** 31),
    lengthBytes: fc.nat(1 << 20),
    checksum: fc.nat(2 ** 32 - 1),
  })
  .map(({ object, number, run, ...rest }) => ({
    ...rest,
    id: idOf(object, number),
    runId: new Uint8Array(16).fill(run),
  }))

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ set: arbitraryEntry }) },
  fc.record({ remove: arbitraryEntry.map(({ id }) => id) }),
  fc.record({ advanceMs: fc.nat(20) }),
  fc.constant({ sweep: true as const }),
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
          } else if ('advanceMs' in command) nowMs += command.advanceMs
          else index.sweep()
          check(index, model, nowMs)
        }
        index.expire(Number.MAX_SAFE_INTEGER)
        index.sweep()
        const endless = [...model.values()].filter(({ deleteAfterMs }) => deleteAfterMs === 0)
        expect(segments.reduce((sum, { liveCount }) => sum + liveCount, 0)).toBe(endless.length)
        expect(segments.reduce((sum, { liveBytes }) => sum + liveBytes, 0)).toBe(bytesOf(endless))
      }),
    )
  })

  test('what is over stays over when the clock is set back, and a newcomer of its family lives', () => {
    const books = new Segments()
    for (const segment of segments) books.add(segment)
    const index = new ShardIndex(new ShardTable(7), books)
    const entry = (number: number): Entry => {
      const place = { segment: segments[0]!, offsetBytes: 4096, lengthBytes: 10, checksum: 1 }
      return { id: idOf(1, number), runId: new Uint8Array(16), deleteAfterMs: 100, ...place }
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

test('a table of rows finds what is in it, whatever their hashes are', () => {
  const operations = fc.array(fc.record({ key: fc.nat(200), adds: fc.boolean() }), { maxLength: 400 })
  const hashes = fc.constantFrom(
    (key: number) => finished(mixed(1, key)),
    (key: number) => (key % 3) * 2 ** 30,
    () => 2 ** 32 - 1,
    (key: number) => key,
  )
  fc.assert(
    fc.property(operations, hashes, (steps, hashOf) => {
      const table = new RowTable(hashOf)
      const model = new Set<number>()
      for (const { key, adds } of steps) {
        const row = key + 1
        if (adds === model.has(row)) continue
        if (adds) table.add(row)
        else table.remove(row)
        if (adds) model.add(row)
        else model.delete(row)
      }
      for (let row = 1; row <= 201; row++) {
        expect(table.find(hashOf(row), (candidate) => candidate === row)).toBe(model.has(row) ? row : 0)
      }
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
