import type { Combination } from './combination.ts'
import type { ShardMemory } from './shard-memory.ts'

/** Something that computes combinations. All engines write the same bytes; they differ in speed. */
export interface Engine {
  readonly name: EngineName
  /**
   * @param shards by shard number; those the combination names must be there, of equal length, and targets must not overlap
   *   sources; at least one target
   */
  run(combination: Combination, shards: readonly (Uint8Array | undefined)[]): void
  /** Whether the targets hold what `run` would write there. Not for combinations that accumulate. */
  holds(combination: Combination, shards: readonly (Uint8Array | undefined)[]): boolean
  /** Room for tables that the engine needs in front of the shards of a memory it adopts. */
  readonly scratchBytes: number
  /** Lets the engine work in place on shards that lie in this memory. */
  adopt(memory: ShardMemory): void
}

export const engineNames = ['reference', 'swizzle', 'xor-program'] as const

export type EngineName = (typeof engineNames)[number]
