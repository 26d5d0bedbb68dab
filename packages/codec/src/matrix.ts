import { invert as inverseOf, multiply, productsOf } from './galois.ts'

/** A matrix over GF(2^8), row by row. */
export interface Matrix {
  readonly rows: number
  readonly columns: number
  /** rows · columns bytes. */
  readonly cells: Uint8Array
}

export function matrix(rows: number, columns: number, cell: (row: number, column: number) => number): Matrix {
  const cells = new Uint8Array(rows * columns)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) cells[row * columns + column] = cell(row, column)
  }
  return { rows, columns, cells }
}

export function cellAt(of: Matrix, row: number, column: number): number {
  return of.cells[row * of.columns + column]!
}

/** A view of one row; writing to it writes to the matrix. */
export function rowOf(of: Matrix, row: number): Uint8Array {
  return of.cells.subarray(row * of.columns, (row + 1) * of.columns)
}

export function product(left: Matrix, right: Matrix): Matrix {
  if (left.columns !== right.rows) throw new RangeError(`a ${left.columns}-column matrix times ${right.rows} rows`)
  const cells = new Uint8Array(left.rows * right.columns)
  for (let row = 0; row < left.rows; row++) {
    const sum = cells.subarray(row * right.columns, (row + 1) * right.columns)
    rowOf(left, row).forEach((factor, inner) => {
      addScaled(sum, factor, rowOf(right, inner))
    })
  }
  return { rows: left.rows, columns: right.columns, cells }
}

/** target += factor · source, element by element. */
export function addScaled(target: Uint8Array, factor: number, source: Uint8Array): void {
  if (factor === 0) return
  const table = productsOf(factor)
  for (let index = 0; index < target.length; index++) target[index]! ^= table[source[index]!]!
}

function scale(row: Uint8Array, factor: number): void {
  if (factor === 1) return
  for (let index = 0; index < row.length; index++) row[index] = multiply(factor, row[index]!)
}

/**
 * Brings a copy of the matrix to reduced row echelon form, taking its pivots from the columns in the order given; columns
 * not listed are never pivots. `pivots[i]` is the pivot column of row i; rows beyond the last pivot have none.
 */
export function eliminate(of: Matrix, columnOrder: Iterable<number>): { reduced: Matrix; pivots: number[] } {
  const reduced: Matrix = { ...of, cells: of.cells.slice() }
  const pivots: number[] = []
  for (const column of columnOrder) {
    const rank = pivots.length
    if (rank === of.rows) break
    let found = rank
    while (found < of.rows && cellAt(reduced, found, column) === 0) found++
    if (found === of.rows) continue
    const pivot = rowOf(reduced, rank)
    if (found !== rank) swap(pivot, rowOf(reduced, found))
    scale(pivot, inverseOf(pivot[column]!))
    for (let row = 0; row < of.rows; row++) {
      if (row !== rank) addScaled(rowOf(reduced, row), cellAt(reduced, row, column), pivot)
    }
    pivots.push(column)
  }
  return { reduced, pivots }
}

function swap(a: Uint8Array, b: Uint8Array): void {
  const kept = a.slice()
  a.set(b)
  b.set(kept)
}

export function rank(of: Matrix): number {
  return eliminate(of, Array(of.columns).keys()).pivots.length
}

/** @throws RangeError when the matrix is singular or not square */
export function inverse(of: Matrix): Matrix {
  const size = of.rows
  if (of.columns !== size) throw new RangeError(`a ${size}×${of.columns} matrix has no inverse`)
  const augmented = matrix(size, 2 * size, (row, column) =>
    column < size ? cellAt(of, row, column) : Number(column - size === row),
  )
  const { reduced, pivots } = eliminate(augmented, Array(size).keys())
  if (pivots.length < size) throw new RangeError('the matrix is singular')
  return matrix(size, size, (row, column) => cellAt(reduced, row, column + size))
}
