import type { Candidate } from './candidate.ts'

/**
 * Which of the allowed nodes come first.
 *
 * - `weighted-random`: as often as their weight is of all weights
 * - `least-loaded`: the same, after the busier of two random ones has stepped back (the power of two choices)
 * - `nearest`: those a short round trip away, random among similar ones
 * - `spread`: like `least-loaded`, over as many domains as there are, as evenly as can be, even where fewer would do
 */
export type Strategy = 'weighted-random' | 'least-loaded' | 'nearest' | 'spread'

export interface Policy<C extends Candidate> {
  /** Default: `weighted-random`. */
  readonly strategy?: Strategy
  /** Which available candidates may be chosen. Default: all. */
  readonly accept?: (candidate: C) => boolean
  /**
   * Members of one parity group wanted in one domain at most, where the group would survive more: 1 or more, default 1.
   * While domains don't suffice the fullest gets as few as can be.
   */
  readonly maxPerDomain?: number
  /** Paths more congested than this aren't used: 0 … 1000, default 900. */
  readonly maxCongestionPermille?: number
  /** Whether paths that aren't secure may be used. Default: no. */
  readonly allowInsecure?: boolean
}
