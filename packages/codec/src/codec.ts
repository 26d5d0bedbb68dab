import type { ArenaUser } from './arena.ts'
import { blockBytes } from './block.ts'
import { checkCombination, missingAmong } from './check-shards.ts'
import { Checks } from './checks.ts'
import { chooseEngine } from './choose-engine.ts'
import { codeOf } from './code-of.ts'
import { type Combination, checkShape } from './combination.ts'
import type { Engine, EngineName } from './engine.ts'
import type { Layout, LinearCode } from './linear-code.ts'
import { type Diagnosis, locate } from './locate.ts'
import { cellAt, matrix } from './matrix.ts'
import type { Plan, PlanOptions } from './plan.ts'
import { Plans } from './plans.ts'
import type { Scheme } from './scheme.ts'
import { parseScheme } from './scheme-text.ts'
import type { ShardMemory } from './shard-memory.ts'
import { syndromeRoom, syndromes } from './syndrome.ts'

export interface CodecOptions {
  /** Which engine computes. Default: the fastest that this JavaScript engine runs. */
  readonly engine?: EngineName
}

/**
 * Encodes and rebuilds stripes of one scheme. A stripe is `totalShards` arrays of equal length, a multiple of
 * `shardAlignmentBytes`; the first `dataShards` hold the data, the others parity. Arrays may lie anywhere; those of a stripe
 * of the codec's own arena are worked on in place, others are copied through WebAssembly memory piece by piece. No array is
 * kept after a call returns. Sources and targets must not overlap.
 */
export interface Codec extends ArenaUser {
  readonly scheme: Scheme
  readonly dataShards: number
  /** How many losses are always survived, whichever shards they hit. */
  readonly tolerance: number
  readonly layout: Layout
  /** Shard lengths must be multiples of this: pad the data. */
  readonly shardAlignmentBytes: number
  readonly engine: EngineName

  /**
   * Computes all parity shards from the data shards.
   * @throws TypeError, RangeError when there are not `totalShards` arrays of equal, aligned length
   */
  encode(shards: readonly Uint8Array[]): void

  /**
   * Which surviving shards rebuild the wanted ones (default all erased), and how.
   * @throws CodecError TOO_FEW_SHARDS
   */
  plan(erased: readonly number[], options?: PlanOptions): Plan

  /**
   * Rebuilds erased shards in place: arrays of wanted numbers are overwritten, those of other erased ones are left alone. Only
   * arrays that the plan reads or writes need to be there.
   * @throws CodecError TOO_FEW_SHARDS; TypeError, RangeError like `encode`
   */
  rebuild(shards: readonly (Uint8Array | undefined)[], erased: readonly number[], options?: PlanOptions): void

  /**
   * The missing shards (those undefined), or just the wanted ones of them, in newly allocated arrays in that order.
   * @throws CodecError TOO_FEW_SHARDS; TypeError, RangeError like `encode`
   */
  reconstruct(shards: readonly (Uint8Array | undefined)[], wanted?: readonly number[]): Uint8Array[]

  /**
   * Whether all shards that are there agree with each other. Says nothing when fewer than `dataShards` + 1 are there: then
   * true means that there was nothing to compare.
   * @throws TypeError, RangeError like `encode`
   */
  verify(shards: readonly (Uint8Array | undefined)[]): boolean

  /**
   * Which of the shards that are there are wrong; rebuild them as erased to correct them.
   * @throws TypeError, RangeError like `encode`
   */
  locate(shards: readonly (Uint8Array | undefined)[]): Diagnosis

  /**
   * What a data shard takes part in: the parity shards to read and rewrite when it changes.
   * @throws RangeError when it is not a data shard
   */
  paritiesOf(dataShard: number): readonly number[]

  /**
   * Brings the parities of one data shard up to date without the other data shards. At `dataShard`, `shards` holds the XOR of
   * its old and its new bytes (the new bytes alone for a shard that was absent or zero); its parities are rewritten in place.
   * @throws TypeError, RangeError like `encode` and `paritiesOf`
   */
  update(shards: readonly (Uint8Array | undefined)[], dataShard: number): void

  /**
   * Computes a combination over the stripe's shards: a plan, or a helper's share of one (see `shareOf`).
   * @throws TypeError, RangeError like `encode`; RangeError for one that makes no sense
   */
  combine(combination: Combination, shards: readonly (Uint8Array | undefined)[]): void
}

/** @throws CodecError SCHEME_INVALID; RangeError when the engine asked for cannot compute the scheme, or does not exist */
export async function createCodec(scheme: Scheme | string, options: CodecOptions = {}): Promise<Codec> {
  const parsed = typeof scheme === 'string' ? parseScheme(scheme) : scheme
  const code = codeOf(parsed)
  const { layout, parity, totalShards } = code
  const workload = {
    layout,
    isBinary: parity.cells.every((cell) => cell <= 1),
    targets: parity.rows,
    numbers: totalShards + parity.rows,
    intermediates: code.encoding?.intermediates ?? 0,
  }
  return new StripeCodec(parsed, code, await chooseEngine(workload, options.engine))
}

class StripeCodec implements Codec {
  readonly scheme: Scheme
  readonly dataShards: number
  readonly totalShards: number
  readonly tolerance: number
  readonly layout: Layout
  readonly shardAlignmentBytes: number
  readonly #code: LinearCode
  readonly #engine: Engine
  readonly #encoding: Combination
  readonly #plans: Plans
  readonly #checks: Checks
  /** By data shard. */
  readonly #updates: Combination[] = []
  #syndromeRoom: readonly Uint8Array[] | undefined

  constructor(scheme: Scheme, code: LinearCode, engine: Engine) {
    this.scheme = scheme
    this.dataShards = code.dataShards
    this.totalShards = code.totalShards
    this.tolerance = code.tolerance
    this.layout = code.layout
    this.shardAlignmentBytes = code.layout === 'bits' ? blockBytes : 1
    this.#code = code
    this.#engine = engine
    const numbers = [...Array(code.totalShards).keys()]
    this.#encoding = {
      sources: numbers.slice(0, code.dataShards),
      targets: numbers.slice(code.dataShards),
      coefficients: code.parity,
      ...(code.encoding && { recipe: code.encoding }),
    }
    this.#plans = new Plans(code)
    this.#checks = new Checks(code, this.#encoding)
  }

  get engine(): EngineName {
    return this.#engine.name
  }

  encode(shards: readonly Uint8Array[]): void {
    this.#checkCount(shards)
    this.#run(this.#encoding, shards)
  }

  plan(erased: readonly number[], options?: PlanOptions): Plan {
    return this.#plans.find(erased, options)
  }

  rebuild(shards: readonly (Uint8Array | undefined)[], erased: readonly number[], options?: PlanOptions): void {
    this.#checkCount(shards)
    this.#run(this.plan(erased, options), shards)
  }

  reconstruct(shards: readonly (Uint8Array | undefined)[], wanted?: readonly number[]): Uint8Array[] {
    this.#checkCount(shards)
    const missing = missingAmong(shards)
    const rebuilding = this.plan(missing, wanted ? { wanted } : {})
    const lengthBytes = shards.find((shard) => shard !== undefined)?.length ?? 0
    const completed = [...shards]
    for (const target of rebuilding.targets) completed[target] = new Uint8Array(lengthBytes)
    this.#run(rebuilding, completed)
    return rebuilding.targets.map((target) => completed[target]!)
  }

  verify(shards: readonly (Uint8Array | undefined)[]): boolean {
    const check = this.#check(shards)
    return check.targets.length === 0 || this.#engine.holds(check, shards)
  }

  locate(shards: readonly (Uint8Array | undefined)[]): Diagnosis {
    this.#check(shards)
    const equations = this.#checks.equationsAmong(shards)
    this.#syndromeRoom ??= syndromeRoom(this.#code.parity.rows)
    return locate(this.#code, equations, syndromes(this.#engine, equations, shards, this.#syndromeRoom))
  }

  paritiesOf(dataShard: number): readonly number[] {
    return this.#updateOf(dataShard).targets
  }

  update(shards: readonly (Uint8Array | undefined)[], dataShard: number): void {
    this.#checkCount(shards)
    this.#run(this.#updateOf(dataShard), shards)
  }

  combine(combination: Combination, shards: readonly (Uint8Array | undefined)[]): void {
    checkShape(combination)
    this.#checkCount(shards)
    this.#run(combination, shards)
  }

  get scratchBytes(): number {
    return this.#engine.scratchBytes
  }

  adopt(memory: ShardMemory): void {
    this.#engine.adopt(memory)
  }

  #updateOf(dataShard: number): Combination {
    const { dataShards } = this
    if (!Number.isInteger(dataShard) || dataShard < 0 || dataShard >= dataShards) {
      throw new RangeError(`shard ${dataShard} is not one of ${dataShards} data shards`)
    }
    this.#updates[dataShard] ??= this.#planUpdate(dataShard)
    return this.#updates[dataShard]
  }

  #planUpdate(dataShard: number): Combination {
    const factorIn = (parity: number) => cellAt(this.#code.parity, parity - this.dataShards, dataShard)
    const targets = this.#encoding.targets.filter((parity) => factorIn(parity) !== 0)
    const coefficients = matrix(targets.length, 1, (row) => factorIn(targets[row]!))
    return { sources: [dataShard], targets, coefficients, accumulate: true }
  }

  /** What the shards that are there must satisfy; they are of a kind that can be checked. */
  #check(shards: readonly (Uint8Array | undefined)[]): Combination {
    this.#checkCount(shards)
    const check = this.#checks.among(shards)
    checkCombination(check, shards, this.shardAlignmentBytes)
    return check
  }

  #run(combination: Combination, shards: readonly (Uint8Array | undefined)[]): void {
    checkCombination(combination, shards, this.shardAlignmentBytes)
    if (combination.targets.length > 0) this.#engine.run(combination, shards)
  }

  #checkCount(shards: readonly unknown[]): void {
    if (shards.length !== this.totalShards) {
      throw new RangeError(`${shards.length} shards, expected ${this.totalShards}`)
    }
  }
}
