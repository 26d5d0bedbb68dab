import type { Matrix } from './matrix.ts'

/**
 * The one operation every kernel performs: target_i = Σ_j coefficients[i][j] · source_j, over whole shards. Shards are
 * named by their numbers within the stripe.
 */
export interface Combination {
  readonly sources: readonly number[]
  /** None of them a source. */
  readonly targets: readonly number[]
  /** One row per target, one column per source. */
  readonly coefficients: Matrix
}
