import type { Combination } from './combination.ts'
import type { FixedKernels } from './kernel-module.ts'
import type { ShardMemory } from './shard-memory.ts'

/** One combination, ready to run in one memory. */
export interface Kernel {
  /**
   * @param baseBytes address of shard 0 of the stripe; the others follow at the memory's stride
   * @param targetBaseBytes the same when targets are to go elsewhere; else `baseBytes`. What accumulates has no such choice
   * @param lengthBytes how much of each shard, a positive multiple of 128
   */
  run(baseBytes: number, targetBaseBytes: number, lengthBytes: number): void
}

/** A memory kernels run in, with its scratch space in front of the shards. */
export interface Site {
  readonly memory: ShardMemory
  readonly fixed: FixedKernels
  /** Whose tables are in the scratch space now. */
  tablesOf: Kernel | undefined
}

export interface KernelFamily {
  /** Scratch space that any combination of the code may need. */
  readonly scratchBytes: number
  prepare(combination: Combination, site: Site): Kernel
}
