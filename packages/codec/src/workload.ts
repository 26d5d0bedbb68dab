import type { Layout } from './linear-code.ts'

/** What the combinations of an engine look like at most. */
export interface Workload {
  readonly layout: Layout
  /** Whether all coefficients are 0 or 1, so that the layout does not matter. */
  readonly isBinary: boolean
  readonly targets: number
  /** Shard numbers are below this. */
  readonly numbers: number
  /** Of the recipe with most of them. */
  readonly intermediates: number
}
