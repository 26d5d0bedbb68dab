import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../src/code-of.ts'
import { cellsOf } from '../src/grid.ts'
import type { CheckGroup, LinearCode } from '../src/linear-code.ts'
import { cellAt, matrix, rank } from '../src/matrix.ts'
import { plan } from '../src/plan.ts'
import { parseScheme } from '../src/scheme-text.ts'
import { choices } from './fixtures/stripe.ts'

const schemes = [
  'mirror:3',
  'xor:4+1',
  'rs:4+2',
  'rs:5+3/vandermonde',
  'grid:3+1,3+1',
  'grid:1+1,2+1,1+1',
  'grid:3+2,2+1',
  'lines:3+1,3+1',
  'lines:2+2,3+1',
  'local:6+2+2',
  'local:6+3+1',
  'local:4+2+0',
]

/** Whether the surviving rows of the generator determine the wanted ones: ranks with and without them agree. */
function isDetermined(code: LinearCode, erased: readonly number[], wanted: readonly number[]): boolean {
  const { dataShards, parity } = code
  const generatorRow = (shard: number, column: number) =>
    shard < dataShards ? Number(shard === column) : cellAt(parity, shard - dataShards, column)
  const rankOf = (shards: readonly number[]) =>
    rank(matrix(shards.length, dataShards, (row, column) => generatorRow(shards[row]!, column)))
  const left = [...Array(code.totalShards).keys()].filter((shard) => !erased.includes(shard))
  return rankOf(left) === rankOf([...left, ...wanted])
}

function dot(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, factor, index) => sum ^ slowProduct(factor, b[index]!), 0)
}

/** Multiplication straight from the definition, bit by bit. */
function slowProduct(a: number, b: number): number {
  let product = 0
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ (product & 0x80 ? 0x11d : 0)
    if ((b >> bit) & 1) product ^= a
  }
  return product
}

describe.each(schemes)('plan of %s', (scheme) => {
  const code = codeOf(parseScheme(scheme))
  const { dataShards, totalShards, parity } = code

  it('holds what the check groups claim', () => {
    for (const { members, checks } of code.groups) {
      for (let row = 0; row < checks.rows; row++) {
        for (let datum = 0; datum < dataShards; datum++) {
          const image = matrix(members.length, 1, (member) => {
            const shard = members[member]!
            return shard < dataShards ? Number(shard === datum) : cellAt(parity, shard - dataShards, datum)
          })
          const equation = matrix(1, members.length, (_, member) => cellAt(checks, row, member))
          expect(dot(equation.cells, image.cells)).toBe(0)
        }
      }
    }
  })

  it('survives exactly its tolerance of arbitrary losses', () => {
    for (const erased of choices(totalShards, code.tolerance)) {
      expect(isDetermined(code, erased, erased), `${erased}`).toBe(true)
    }
    const survivesMore = [...choices(totalShards, code.tolerance + 1)].every((erased) =>
      isDetermined(code, erased, erased),
    )
    expect(survivesMore).toBe(false)
  })

  it('exists exactly when the ranks say so, and gives the right sums', () => {
    const erasures = fc.shuffledSubarray([...Array(totalShards).keys()], { minLength: 1 })
    fc.assert(
      fc.property(erasures, fc.nat(), (erased, dice) => {
        const wanted = erased.slice(0, 1 + (dice % erased.length))
        if (!isDetermined(code, erased, wanted)) {
          expect(() => plan(code, erased, { wanted })).toThrow(expect.objectContaining({ code: 'TOO_FEW_SHARDS' }))
          return
        }
        const { sources, targets, coefficients } = plan(code, erased, { wanted })
        expect(targets).toEqual(wanted)
        expect(sources.filter((shard) => erased.includes(shard))).toEqual([])
        for (let datum = 0; datum < dataShards; datum++) {
          const value = (shard: number) =>
            shard < dataShards ? Number(shard === datum) : cellAt(parity, shard - dataShards, datum)
          targets.forEach((target, row) => {
            const terms = Uint8Array.from(sources, (_, column) => cellAt(coefficients, row, column))
            expect(dot(terms, Uint8Array.from(sources, value))).toBe(value(target))
          })
        }
      }),
      { numRuns: 150 },
    )
  })
})

describe('plan', () => {
  const reads = (scheme: string, erased: number[], options = {}) =>
    plan(codeOf(parseScheme(scheme)), erased, options).sources

  it('repairs one loss from the smallest group', () => {
    expect(reads('mirror:3', [0])).toHaveLength(1)
    expect(reads('rs:10+4', [0])).toHaveLength(10)
    expect(reads('local:12+2+2', [0])).toHaveLength(6)
    expect(reads('grid:7+1,7+1,7+1', [0])).toHaveLength(7)
    expect(reads('grid:10+2,10+2', [0])).toHaveLength(10)
  })

  it('shares reads between losses of one group', () => {
    expect(reads('rs:10+4', [0, 3, 11])).toHaveLength(10)
    expect(reads('grid:4+1,4+1', [0, 1])).toHaveLength(7)
  })

  it('leaves out dear shards', () => {
    const costs = [1, 1, 9, 1, 1, 1]
    expect(reads('rs:4+2', [0], { costs })).toEqual([1, 3, 4, 5])
    expect(reads('mirror:3', [0], { costs: [1, 5, 1] })).toEqual([2])
  })

  it('takes the cheaper of two lines', () => {
    const near = reads('grid:2+1,2+1', [0])
    const costs = Array(9).fill(1)
    for (const shard of near) costs[shard] = 10
    expect(reads('grid:2+1,2+1', [0], { costs }).some((shard) => near.includes(shard))).toBe(false)
  })

  it('solves what peeling cannot', () => {
    const scheme = { kind: 'grid', sides: Array(2).fill({ data: 2, parity: 2 }) } as const
    const code = codeOf(scheme)
    const others = [...cellsOf(scheme.sides, 'grid').entries()].filter(([, [x, y]]) => y !== (x! + 1) % 4)
    const erased = others.map(([shard]) => shard)
    const lossesOf = ({ members }: CheckGroup) => members.filter((shard) => erased.includes(shard)).length
    expect(code.groups.every((group) => lossesOf(group) > group.checks.rows)).toBe(true)
    expect(isDetermined(code, erased, erased)).toBe(true)
    expect(plan(code, erased).targets).toEqual(erased)
  })
})
