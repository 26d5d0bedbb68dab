/**
 * Every scheme as one thing: a systematic linear code.
 *
 * A stripe has k data shards, kept verbatim, and n − k parity shards, each a sum of data shards times coefficients from
 * GF(2^8): the rows of the parity matrix. A parity-check group is a set of shards that satisfy equations among themselves;
 * losing a few of its members costs only the others of that group to repair. Everything else (plans, verification, updates,
 * growth) is arithmetic on these two.
 */
import { type Matrix, matrix } from './matrix.ts'
import type { Recipe } from './recipe.ts'

/**
 * What a shard's bytes mean when coefficients other than 0 and 1 multiply them.
 *
 * `byte`: every byte is a field element. `bits`: in each block of 128 bytes, bytes 16r … 16r + 15 hold bit r of 128 field
 * elements, which turns multiplications into XORs of whole vectors (the packets of Jerasure, w = 8, 16 bytes each).
 */
export type Layout = 'byte' | 'bits'

export interface CheckGroup {
  /** Shard numbers, ascending. */
  readonly members: readonly number[]
  /** One row per equation, one column per member: the members times the row add up to zero. */
  readonly checks: Matrix
}

export interface LinearCode {
  readonly dataShards: number
  readonly totalShards: number
  /** Losses always survived, whichever they are. */
  readonly tolerance: number
  readonly layout: Layout
  /** (n − k) rows, k columns. */
  readonly parity: Matrix
  readonly groups: readonly CheckGroup[]
  /** How to compute all parities with fewer XORs than the matrix suggests, where there is such a way. */
  readonly encoding?: Recipe
}

/** A code that survives any loss of as many shards as it has parities. */
export function singleGroupCode(parity: Matrix, layout: Layout): LinearCode {
  const dataShards = parity.columns
  const totalShards = dataShards + parity.rows
  const group = { members: [...Array(totalShards).keys()], checks: checksOf(parity) }
  return { dataShards, totalShards, tolerance: parity.rows, layout, parity, groups: parity.rows > 0 ? [group] : [] }
}

/** The equations that say each parity is the sum it should be: parity matrix beside the identity. */
export function checksOf(parity: Matrix): Matrix {
  const { rows, columns, cells } = parity
  return matrix(rows, columns + rows, (row, column) =>
    column < columns ? cells[row * columns + column]! : Number(column - columns === row),
  )
}
