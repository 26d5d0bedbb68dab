import { expect, test } from 'vitest'
import { createGeometry } from '../src/geometry.ts'
import { grid, local } from './geometries.ts'

const side = (data: number, parity: number) => ({ data, parity })

test.each([
  ['grid:2+1,3+1', grid([side(2, 1), side(3, 1)]), 4],
  ['grid:2+2,2+1,1+1', grid([side(2, 2), side(2, 1), side(1, 1)]), 4],
  ['grid:4+0,2+1', grid([side(4, 0), side(2, 1)]), 3],
  ['lines:4+1,3+1', grid([side(4, 1), side(3, 1)], 'lines'), 5],
])('%s: no line has two shards of one colour, with as few colours as its longest line', (_, geometry, colours) => {
  expect(geometry.colourCount).toBe(colours)
  for (const { members } of geometry.groups) {
    expect(new Set(members.map((shard) => geometry.sums![shard]! % colours)).size).toBe(members.length)
  }
})

test('a grid allows one member of a line in a domain, other groups as many as they survive', () => {
  expect([...grid([side(2, 2), side(2, 1)]).limits]).toEqual(new Array(7).fill(1))
  expect([...local(12, 2, 2).limits]).toEqual([1, 1, 2])
})

test('what does not fit together is the caller’s mistake', () => {
  const parts = { shardCount: 3, tolerance: 1, groups: [{ members: [0, 1, 2], losses: 1 }] }
  createGeometry(parts)
  const wrong = [
    { shardCount: 0 },
    { shardCount: 1025 },
    { tolerance: 4 },
    { groups: [{ members: [0, 3], losses: 1 }] },
    { groups: [{ members: [0, 0], losses: 1 }] },
    { groups: [{ members: [0, 1], losses: 0 }] },
    { cells: [[0], [1]] },
    { cells: [[0], [1], [0.5]] },
  ]
  for (const change of wrong) expect(() => createGeometry({ ...parts, ...change })).toThrow(RangeError)
})
