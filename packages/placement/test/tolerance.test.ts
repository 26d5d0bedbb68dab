import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toleranceOf } from '../src/tolerance.ts'
import { smallGeometries } from './arbitrary.ts'
import { grid, reedSolomon } from './geometries.ts'

const cube = grid(new Array(2).fill({ data: 4, parity: 1 }))

function domainsBy(shardCount: number, domainOf: (shard: number) => number): Map<number, string> {
  return new Map(Array.from({ length: shardCount }, (_, shard) => [shard, `rack-${domainOf(shard)}`]))
}

test('a domain for each shard gives all the tolerance there is', () => {
  for (const geometry of Object.values(smallGeometries)) {
    expect(
      toleranceOf(
        geometry,
        domainsBy(geometry.shardCount, (shard) => shard),
      ),
    ).toEqual({
      domainFailuresSurvived: geometry.tolerance,
      toleranceLost: 0,
      isExact: true,
    })
  }
})

test('Reed–Solomon over four domains survives one domain less', () => {
  const domains = domainsBy(6, (shard) => shard % 4)
  expect(toleranceOf(reedSolomon(4, 2), domains)).toMatchObject({ domainFailuresSurvived: 1, toleranceLost: 1 })
})

test('a shard without a node counts as lost', () => {
  const domains = domainsBy(6, (shard) => shard)
  domains.delete(5)
  expect(toleranceOf(reedSolomon(4, 2), domains)).toMatchObject({ domainFailuresSurvived: 1, toleranceLost: 1 })
  for (const shard of [3, 4]) domains.delete(shard)
  expect(toleranceOf(reedSolomon(4, 2), domains)).toMatchObject({ domainFailuresSurvived: -1, toleranceLost: 3 })
})

test('a grid over five domains survives any one of them, though it has more shards than any stripe may lose', () => {
  const domains = domainsBy(25, (shard) => (Math.floor(shard / 5) + shard) % 5)
  expect(toleranceOf(cube, domains)).toEqual({ domainFailuresSurvived: 1, toleranceLost: 2, isExact: true })
  const rows = domainsBy(25, (shard) => Math.floor(shard / 5))
  expect(toleranceOf(cube, rows)).toMatchObject({ domainFailuresSurvived: 1 })
  const blocks = domainsBy(25, (shard) => (shard % 5 < 2 && shard < 10 ? 0 : shard))
  expect(toleranceOf(cube, blocks)).toMatchObject({ domainFailuresSurvived: 0 })
})

test('asks the decoder it is given', () => {
  const domains = domainsBy(25, (shard) => shard % 5)
  expect(toleranceOf(cube, domains, () => true)).toMatchObject({ domainFailuresSurvived: 3 })
  expect(toleranceOf(cube, domains, () => false)).toMatchObject({ domainFailuresSurvived: 0 })
})

test('promises no more than trying every set of domains shows', () => {
  const geometry = smallGeometries['grid:2+1,2+1']!
  fc.assert(
    fc.property(fc.array(fc.nat(6), { minLength: 9, maxLength: 9 }), (places) => {
      const domains = new Map(places.map((place, shard) => [shard, `rack-${place}`]))
      const names = [...new Set(domains.values())]
      const sets = Array.from({ length: 2 ** names.length }, (_, bits) => names.filter((_, i) => (bits >> i) & 1))
      const isFatal = (set: readonly string[]) => !survivesByRows(places.map((place) => set.includes(`rack-${place}`)))
      const smallestFatal = Math.min(...sets.filter(isFatal).map(({ length }) => length))
      const expected = Math.min(geometry.tolerance, smallestFatal - 1)
      expect(toleranceOf(geometry, domains)).toMatchObject({ domainFailuresSurvived: expected, isExact: true })
    }),
  )
})

/** Peels a 3 × 3 grid with one parity per line, written out. */
function survivesByRows(lost: boolean[]): boolean {
  const lines = [0, 1, 2].flatMap((i) => [
    [3 * i, 3 * i + 1, 3 * i + 2],
    [i, i + 3, i + 6],
  ])
  const left = [...lost]
  for (let round = 0; round < 9; round++) {
    for (const line of lines) {
      const gone = line.filter((shard) => left[shard])
      if (gone.length === 1) left[gone[0]!] = false
    }
  }
  return !left.includes(true)
}

test('says so when there are too many sets to try', () => {
  const wide = grid(new Array(2).fill({ data: 14, parity: 2 }))
  const domains = domainsBy(256, (shard) => shard % 128)
  const { domainFailuresSurvived, isExact } = toleranceOf(wide, domains)
  expect(domainFailuresSurvived).toBeGreaterThanOrEqual(4)
  expect(isExact).toBe(false)
})
