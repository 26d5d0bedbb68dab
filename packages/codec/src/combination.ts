import { cellAt, type Matrix, matrix } from './matrix.ts'
import type { Recipe } from './recipe.ts'

/**
 * The one operation every kernel performs: target_i = (target_i +) Σ_j coefficients[i][j] · source_j, over whole shards.
 * Shards are named by their numbers within the stripe.
 */
export interface Combination {
  readonly sources: readonly number[]
  /** None of them a source. */
  readonly targets: readonly number[]
  /** One row per target, one column per source. */
  readonly coefficients: Matrix
  /** Adds to what the targets hold instead of overwriting it. */
  readonly accumulate?: true
  /** A better way to the same sums of bit planes than can be found from the coefficients. */
  readonly recipe?: Recipe
}

/**
 * The share of some sources in a combination. Whoever holds them computes it; added up, the shares of all sources are the
 * whole, so a repair can run along a chain of nodes, each adding its own to what it was sent.
 */
export function shareOf(combination: Combination, sources: readonly number[]): Combination {
  const columns = [...combination.sources.keys()].filter((column) => sources.includes(combination.sources[column]!))
  return {
    targets: combination.targets,
    sources: columns.map((column) => combination.sources[column]!),
    coefficients: matrix(combination.targets.length, columns.length, (row, column) =>
      cellAt(combination.coefficients, row, columns[column]!),
    ),
    accumulate: true,
  }
}

/** Whether all coefficients are 0 or 1, so that the combination only adds. */
export function isBinary({ coefficients }: Combination): boolean {
  return coefficients.cells.every((cell) => cell <= 1)
}

/**
 * Whether its parts fit together, for combinations that come from elsewhere.
 * @throws RangeError
 */
export function checkShape({ sources, targets, coefficients: { rows, columns, cells } }: Combination): void {
  if (rows !== targets.length || columns !== sources.length || cells.length !== rows * columns) {
    throw new RangeError(`a ${rows}×${columns} matrix for ${targets.length} targets and ${sources.length} sources`)
  }
  const twice = targets.find((target, row) => sources.includes(target) || targets.indexOf(target) !== row)
  if (twice !== undefined) throw new RangeError(`shard ${twice} is a target and something else as well`)
}
