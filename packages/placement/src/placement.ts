import type { Candidate, CandidatePool } from './candidate.ts'

export interface PlaceRequest<C extends Candidate> {
  readonly candidates: CandidatePool<C>
  /** What the shards belong to: the id of a stripe, any bytes. */
  readonly key: Uint8Array
  /** 0 … 2^32 − 1. Another seed is another throw of the dice for the same key. */
  readonly seed: number
  /** Shards to find nodes for, 1 or more. */
  readonly count: number
  /** Lost shards that the code of the stripe makes good: m of k + m, 0 or more. */
  readonly lossesSurvived: number
  readonly policy?: Policy<C>
}

export interface Policy<C extends Candidate> {
  /** Which available candidates may be chosen. Default: all. */
  readonly accept?: (candidate: C) => boolean
  /** Shards of one stripe in one domain, 1 or more. Default: no limit, though always as even as can be. */
  readonly maxPerDomain?: number
  /** How many second choices to name, 0 or more. Default: as many as shards. */
  readonly fallbackCount?: number
}

export interface Placement<C extends Candidate> {
  /** The chosen, all different, in the order of shards. Fewer than asked for when there are no more. */
  readonly nodes: readonly C[]
  /** Who takes over, in this order, when a chosen node can't. */
  readonly fallbacks: readonly C[]
  readonly explanation: Explanation
}

/** Why the placement is as it is. Shards that the stripe already has are counted in. */
export interface Explanation {
  readonly candidates: number
  /** Candidates left out because they can't be written to now. */
  readonly unavailable: number
  /** Available candidates left out by the policy or for weighing nothing. */
  readonly refused: number
  /** Shards without a node. */
  readonly missing: number
  /** Shards in each domain that has any, highest first. */
  readonly shardsPerDomain: readonly number[]
  /** Whole domains that may fail, whichever they are, before the stripe is lost. */
  readonly domainFailuresSurvived: number
  /** By how much that falls short of `lossesSurvived`, which distinct domains for all shards would give. */
  readonly toleranceLost: number
}
