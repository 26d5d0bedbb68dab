/**
 * n-dimensional parity: data in a box, every line along every dimension closed by the parities of its side.
 *
 * A cell's coordinates below a side's data count lie in the data range of that dimension, those above in its parity range.
 * Cells with all coordinates in the data range hold data; a cell with some in the parity range is parity, and with two or more,
 * parity of parity (product codes, Elias 1954). The coefficient of a parity for a datum is the product, dimension by
 * dimension, of the one-dimensional coefficients, so parity of rows of columns equals parity of columns of rows and every
 * complete line is a check group. One loss costs one line, and there is a disjoint line per dimension to choose from.
 *
 * A product survives any ∏(parity + 1) − 1 losses. Without parity of parity (`lines`) it is Σ parity, cheaper to write.
 */
import { multiply } from './galois.ts'
import { checksOf, type LinearCode } from './linear-code.ts'
import { cellAt, type Matrix, matrix } from './matrix.ts'
import { cauchyParity } from './reed-solomon.ts'
import type { Side } from './scheme.ts'

export type Cell = readonly number[]

/** The cells of a grid in shard order: data first, then parities, each in lexicographic order of coordinates. */
export function cellsOf(sides: readonly Side[], kind: 'grid' | 'lines'): Cell[] {
  let cells: Cell[] = [[]]
  for (const { data, parity } of sides) {
    cells = cells.flatMap((cell) => Array.from({ length: data + parity }, (_, coordinate) => [...cell, coordinate]))
  }
  const depth = (cell: Cell) => cell.filter((coordinate, dimension) => coordinate >= sides[dimension]!.data).length
  const parities = cells.filter((cell) => depth(cell) > 0 && (kind === 'grid' || depth(cell) === 1))
  return [...cells.filter((cell) => depth(cell) === 0), ...parities]
}

export function gridCode(sides: readonly Side[], kind: 'grid' | 'lines'): LinearCode {
  const sideParities = sides.map(({ data, parity }) => cauchyParity(data, parity))
  const cells = cellsOf(sides, kind)
  const dataShards = sides.reduce((count, { data }) => count * data, 1)
  const coefficient = (of: Cell, datum: Cell) =>
    of.reduce((soFar, coordinate, dimension) => {
      return multiply(soFar, lineCoefficient(sideParities[dimension]!, coordinate, datum[dimension]!))
    }, 1)
  return {
    dataShards,
    totalShards: cells.length,
    tolerance:
      kind === 'grid'
        ? sides.reduce((distance, { parity }) => distance * (parity + 1), 1) - 1
        : sides.reduce((sum, { parity }) => sum + parity, 0),
    layout: sides.some(({ parity }) => parity > 1) ? 'bits' : 'byte',
    parity: matrix(cells.length - dataShards, dataShards, (row, column) =>
      coefficient(cells[dataShards + row]!, cells[column]!),
    ),
    groups: linesAlong(cells, sides).map(({ members, dimension }) => ({
      members,
      checks: checksOf(sideParities[dimension]!),
    })),
  }
}

/** Coefficient of a line's data member in any of its members: the identity above, parities below. */
function lineCoefficient(parity: Matrix, coordinate: number, datum: number): number {
  return coordinate < parity.columns ? Number(coordinate === datum) : cellAt(parity, coordinate - parity.columns, datum)
}

/** All complete lines, each with its shard numbers in the order of the coordinate that varies. */
function linesAlong(cells: readonly Cell[], sides: readonly Side[]): { members: number[]; dimension: number }[] {
  return sides.flatMap(({ data, parity }, dimension) => {
    const lines = new Map<string, number[]>()
    if (parity === 0) return []
    cells.forEach((cell, shard) => {
      const line = cell.with(dimension, 0).join()
      const members = lines.get(line) ?? []
      members[cell[dimension]!] = shard
      lines.set(line, members)
    })
    return [...lines.values()]
      .filter(({ length }) => length === data + parity)
      .map((members) => ({ members, dimension }))
  })
}
