import type { ArenaUser } from './arena.ts'
import { blockBytes } from './block.ts'
import { type ChangePlan, type Origins, planChange, sameSlots } from './change.ts'
import { checkCombination } from './check-shards.ts'
import { chooseEngine } from './choose-engine.ts'
import { codeOf } from './code-of.ts'
import { isBinary } from './combination.ts'
import type { EngineName } from './engine.ts'
import type { Scheme } from './scheme.ts'
import { parseScheme } from './scheme-text.ts'

export interface ChangeOptions {
  /** By new data shard: the old data shard that it is, or undefined when it joins. Default: members keep their slots. */
  readonly origins?: Origins
  readonly engine?: EngineName
}

/**
 * Changes stripes from one scheme to another. A stripe of an arena for a changer has room for the shards of both, first the old
 * ones, then the new ones; of either only those need be filled that the plan names.
 */
export interface Changer extends ChangePlan, ArenaUser {
  /** Lengths must be multiples of this. */
  readonly shardAlignmentBytes: number
  /**
   * Computes the new shards to write.
   * @param before old shards by number; those to read must be there
   * @param after new shards by number; those that join must be there, those to write are overwritten
   * @throws TypeError, RangeError when one is missing or lengths differ or are not aligned
   */
  apply(before: readonly (Uint8Array | undefined)[], after: readonly (Uint8Array | undefined)[]): void
}

/**
 * @throws CodecError SCHEME_INVALID
 * @throws RangeError when the origins name an old data shard twice or none that exists
 */
export async function createChanger(
  from: Scheme | string,
  to: Scheme | string,
  options: ChangeOptions = {},
): Promise<Changer> {
  const [oldScheme, newScheme] = [from, to].map((scheme) => (typeof scheme === 'string' ? parseScheme(scheme) : scheme))
  const oldCode = codeOf(oldScheme!)
  const newCode = codeOf(newScheme!)
  const origins = options.origins ?? sameSlots(oldScheme!, newScheme!)
  checkOrigins(origins, oldCode.dataShards, newCode.dataShards)
  const change = planChange(oldCode, newCode, origins)
  const { combination } = change
  const numbers = oldCode.totalShards + newCode.totalShards
  const workload = {
    layout: newCode.layout,
    isBinary: isBinary(combination),
    targets: combination.targets.length,
    numbers,
    intermediates: 0,
  }
  const engine = await chooseEngine(workload, options.engine)
  const shards: (Uint8Array | undefined)[] = Array(numbers)
  const shardAlignmentBytes = newCode.layout === 'bits' ? blockBytes : 1
  return {
    ...change,
    shardAlignmentBytes,
    totalShards: numbers,
    scratchBytes: engine.scratchBytes,
    adopt: (memory) => engine.adopt(memory),
    apply(before, after) {
      for (let number = 0; number < numbers; number++) {
        shards[number] = number < oldCode.totalShards ? before[number] : after[number - oldCode.totalShards]
      }
      try {
        checkCombination(combination, shards, shardAlignmentBytes)
        if (combination.targets.length > 0) engine.run(combination, shards)
      } finally {
        shards.fill(undefined)
      }
    },
  }
}

function checkOrigins(origins: Origins, oldDataShards: number, newDataShards: number): void {
  const named = origins.filter((origin) => origin !== undefined)
  if (origins.length !== newDataShards) {
    throw new RangeError(`${origins.length} origins for ${newDataShards} data shards`)
  }
  for (const origin of named) {
    if (!Number.isInteger(origin) || origin < 0 || origin >= oldDataShards) {
      throw new RangeError(`origin ${origin} is not one of ${oldDataShards} data shards`)
    }
  }
  if (new Set(named).size !== named.length) throw new RangeError('an old data shard is the origin of two new ones')
}
