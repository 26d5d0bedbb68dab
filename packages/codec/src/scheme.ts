/** One dimension of a grid: how many data members a line holds, and how many parities it gets. */
export interface Side {
  readonly data: number
  readonly parity: number
}

/**
 * How a stripe's shards are made from its data. The text form (see scheme-text.ts) is what manifests record; its meaning
 * never changes.
 */
export type Scheme =
  | { readonly kind: 'mirror'; readonly copies: number }
  | { readonly kind: 'xor'; readonly dataShards: number }
  | {
      readonly kind: 'rs'
      readonly dataShards: number
      readonly parityShards: number
      /**
       * `cauchy`: coefficients that belong to the slot, so that groups grow in place; bit-sliced layout. `vandermonde`: those of
       * Backblaze, klauspost and reed-solomon-erasure, byte for byte.
       */
      readonly matrix: 'cauchy' | 'vandermonde'
    }
  /** `grid` has parity of parity, `lines` has parity of data only. */
  | { readonly kind: 'grid' | 'lines'; readonly sides: readonly Side[] }
  | {
      readonly kind: 'local'
      readonly dataShards: number
      readonly groups: number
      readonly globalParities: number
    }

/** Members of one Reed–Solomon group: the field has no more elements. */
export const maximumGroupMembers = 256
/** Shards of a stripe: 8 × 8 × 8 twice over. Keeps generator and solver within a few megabytes and milliseconds. */
export const maximumStripeShards = 1024
