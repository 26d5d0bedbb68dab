/**
 * Runs kernels on shards wherever they are: in place in memories it has adopted, and through a small memory of its own, piece
 * by piece, for all others.
 */
import { blockBytes } from './block.ts'
import type { Combination } from './combination.ts'
import type { Engine, EngineName } from './engine.ts'
import type { Kernel, KernelFamily, Site } from './kernel.ts'
import type { FixedKernels, KernelModules } from './kernel-module.ts'
import { createShardMemory, isShared, type ShardMemory } from './shard-memory.ts'

/** Pieces of all shards together, so that they stay in the second-level cache. */
const workbenchBytes = 512 * 1024
const leastPieceBytes = 1024
const largestPieceBytes = 16_384

type Shards = readonly (Uint8Array | undefined)[]

interface Place extends Site {
  readonly kernels: WeakMap<Combination, Kernel>
}

export class WasmEngine implements Engine {
  readonly name: EngineName
  readonly #family: KernelFamily
  readonly #modules: KernelModules
  readonly #totalShards: number
  readonly #pieceBytes: number
  readonly #places = new WeakMap<ArrayBufferLike, Place>()
  #ownPlace: Place | undefined

  /** @param totalShards beyond every shard number of a combination: those of the stripe, and of its check equations */
  constructor(name: EngineName, family: KernelFamily, modules: KernelModules, totalShards: number) {
    this.name = name
    this.#family = family
    this.#modules = modules
    this.#totalShards = totalShards
    const share = Math.floor(workbenchBytes / totalShards / blockBytes) * blockBytes
    this.#pieceBytes = Math.min(largestPieceBytes, Math.max(leastPieceBytes, share))
  }

  get scratchBytes(): number {
    return Math.ceil(this.#family.scratchBytes / blockBytes) * blockBytes
  }

  adopt(memory: ShardMemory): void {
    this.#place(memory)
  }

  run(combination: Combination, shards: Shards): void {
    const lengthBytes = shards[combination.targets[0]!]!.length
    const place = this.#places.get(shards[combination.targets[0]!]!.buffer)
    const baseBytes = place && commonBase(combination, shards, place.memory.strideBytes)
    if (!place || baseBytes === undefined) {
      this.#runByPieces(combination, shards, 0, lengthBytes)
      return
    }
    const wholeBytes = lengthBytes - (lengthBytes % blockBytes)
    if (wholeBytes > 0) this.#kernel(place, combination).run(baseBytes, wholeBytes)
    this.#runByPieces(combination, shards, wholeBytes, lengthBytes)
  }

  #runByPieces(combination: Combination, shards: Shards, startBytes: number, endBytes: number): void {
    for (let from = startBytes; from < endBytes; from += this.#pieceBytes) {
      this.#runPiece(combination, shards, from, Math.min(from + this.#pieceBytes, endBytes))
    }
  }

  #runPiece(combination: Combination, shards: Shards, from: number, to: number): void {
    this.#ownPlace ??= this.#place(
      createShardMemory({
        shardBytes: this.#pieceBytes,
        shardCount: this.#totalShards,
        scratchBytes: this.scratchBytes,
      }),
    )
    const { memory, strideBytes, shardsAtBytes } = this.#ownPlace.memory
    const bench = new Uint8Array(memory.buffer)
    const addressOf = (shard: number) => shardsAtBytes + shard * strideBytes
    const inputs = combination.accumulate ? [...combination.sources, ...combination.targets] : combination.sources
    for (const shard of inputs) bench.set(shards[shard]!.subarray(from, to), addressOf(shard))
    const roundedBytes = Math.ceil((to - from) / blockBytes) * blockBytes
    this.#kernel(this.#ownPlace, combination).run(shardsAtBytes, roundedBytes)
    for (const shard of combination.targets) {
      shards[shard]!.set(bench.subarray(addressOf(shard), addressOf(shard) + to - from), from)
    }
  }

  #kernel(place: Place, combination: Combination): Kernel {
    let kernel = place.kernels.get(combination)
    if (!kernel) {
      kernel = this.#family.prepare(combination, place)
      place.kernels.set(combination, kernel)
    }
    return kernel
  }

  #place(memory: ShardMemory): Place {
    const module = isShared(memory) ? this.#modules.shared : this.#modules.plain
    const { exports } = new WebAssembly.Instance(module, { env: { memory: memory.memory } })
    const fixed = exports as unknown as FixedKernels
    const place: Place = { memory, fixed, tablesOf: undefined, kernels: new WeakMap() }
    this.#places.set(memory.memory.buffer, place)
    return place
  }
}

/** Where shard 0 is or would be, when all shards of the combination lie at the memory's stride in one buffer. */
function commonBase({ sources, targets }: Combination, shards: Shards, strideBytes: number): number | undefined {
  const first = shards[targets[0]!]!
  const baseBytes = first.byteOffset - targets[0]! * strideBytes
  if (baseBytes < 0) return undefined
  for (const number of sources) if (shards[number]!.buffer !== first.buffer) return undefined
  for (const number of targets) if (shards[number]!.buffer !== first.buffer) return undefined
  for (const number of sources) if (shards[number]!.byteOffset !== baseBytes + number * strideBytes) return undefined
  for (const number of targets) if (shards[number]!.byteOffset !== baseBytes + number * strideBytes) return undefined
  return baseBytes
}
