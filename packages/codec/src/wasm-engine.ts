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

/** Pieces of all shards together: about what second-level caches hold. */
const workbenchBytes = 2 << 20
const leastPieceBytes = 1024
/** Larger ones are no faster. Shards that are no longer are copied whole, for which no view of them has to be made. */
const largestPieceBytes = 65_536
/** What is compared at a time: sums stay in the first-level cache. The room between shards is larger. */
const stretchBytes = 4096

type Shards = readonly (Uint8Array | undefined)[]

interface Place extends Site {
  /** All of the memory. */
  readonly bytes: Uint8Array
  readonly kernels: WeakMap<Combination, Kernel>
  /** By shard number, of the workbench. */
  readonly views: Uint8Array[]
}

export class WasmEngine implements Engine {
  readonly name: EngineName
  readonly #family: KernelFamily
  readonly #modules: KernelModules
  readonly #totalShards: number
  readonly #pieceBytes: number
  readonly #places = new WeakMap<ArrayBufferLike, Place>()
  #workbench: Place | undefined

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
    const { buffer, length } = shards[combination.targets[0]!]!
    const place = this.#places.get(buffer)
    const baseBytes = place && commonBase(combination, shards, place.memory.strideBytes)
    let from = 0
    if (place && baseBytes !== undefined) {
      from = length - (length % blockBytes)
      if (from > 0) this.#kernel(place, combination).run(baseBytes, baseBytes, from)
    }
    for (; from < length; from += this.#pieceBytes) {
      this.#runPiece(combination, shards, from, Math.min(from + this.#pieceBytes, length))
    }
  }

  holds(combination: Combination, shards: Shards): boolean {
    const { buffer, length } = shards[combination.targets[0]!]!
    const place = this.#places.get(buffer)
    const baseBytes = place && commonBase(combination, shards, place.memory.strideBytes)
    let from = 0
    if (place && baseBytes !== undefined) {
      from = length - (length % blockBytes)
      if (!this.#holdsAt(place, combination, baseBytes, from)) return false
    }
    for (; from < length; from += this.#pieceBytes) {
      if (!this.#holdsPiece(combination, shards, from, Math.min(from + this.#pieceBytes, length))) return false
    }
    return true
  }

  #runPiece(combination: Combination, shards: Shards, from: number, to: number): void {
    const { sources, targets, accumulate } = combination
    const bench = this.#bench()
    const { shardsAtBytes } = bench.memory
    bring(bench, sources, shards, from, to)
    if (accumulate) bring(bench, targets, shards, from, to)
    this.#kernel(bench, combination).run(shardsAtBytes, shardsAtBytes, roundedUp(to - from))
    for (const target of targets) shards[target]!.set(viewOf(bench, target, to - from), from)
  }

  #holdsPiece(combination: Combination, shards: Shards, from: number, to: number): boolean {
    const bench = this.#bench()
    bring(bench, combination.sources, shards, from, to)
    bring(bench, combination.targets, shards, from, to)
    return this.#holdsAt(bench, combination, bench.memory.shardsAtBytes, to - from)
  }

  /** Sums of one stretch after the other go into the spare stripe, where they are compared with the targets. */
  #holdsAt(place: Place, combination: Combination, baseBytes: number, lengthBytes: number): boolean {
    const { targets } = combination
    const { strideBytes, spareAtBytes } = place.memory
    for (let from = 0; from < lengthBytes; from += stretchBytes) {
      const stretch = Math.min(stretchBytes, lengthBytes - from)
      this.#kernel(place, combination).run(baseBytes + from, spareAtBytes, roundedUp(stretch))
      for (const target of targets) {
        const offsetBytes = target * strideBytes
        if (place.fixed.differ(baseBytes + from + offsetBytes, spareAtBytes + offsetBytes, stretch)) return false
      }
    }
    return true
  }

  #kernel(place: Place, combination: Combination): Kernel {
    let kernel = place.kernels.get(combination)
    if (!kernel) {
      kernel = this.#family.prepare(combination, place)
      place.kernels.set(combination, kernel)
    }
    return kernel
  }

  /** The engine's own memory, for pieces of shards that lie elsewhere. */
  #bench(): Place {
    const [shardBytes, shardsPerStripe] = [this.#pieceBytes, this.#totalShards]
    this.#workbench ??= this.#place(createShardMemory({ shardBytes, shardsPerStripe, scratchBytes: this.scratchBytes }))
    return this.#workbench
  }

  #place(memory: ShardMemory): Place {
    const module = isShared(memory) ? this.#modules.shared : this.#modules.plain
    const { exports } = new WebAssembly.Instance(module, { env: { memory: memory.memory } })
    const fixed = exports as unknown as FixedKernels
    const bytes = new Uint8Array(memory.memory.buffer)
    const place: Place = { memory, bytes, fixed, tablesOf: undefined, kernels: new WeakMap(), views: [] }
    this.#places.set(memory.memory.buffer, place)
    return place
  }
}

function roundedUp(lengthBytes: number): number {
  return Math.ceil(lengthBytes / blockBytes) * blockBytes
}

/** Copies pieces of shards to where they belong on the workbench. */
function bring({ bytes, memory }: Place, numbers: readonly number[], shards: Shards, from: number, to: number): void {
  for (const number of numbers) {
    const shard = shards[number]!
    const piece = shard.length === to - from ? shard : shard.subarray(from, to)
    bytes.set(piece, memory.shardsAtBytes + number * memory.strideBytes)
  }
}

/** The beginning of a shard on the workbench; the view of last time if it was as long. */
function viewOf({ bytes, memory, views }: Place, number: number, lengthBytes: number): Uint8Array {
  const known = views[number]
  if (known?.length === lengthBytes) return known
  const address = memory.shardsAtBytes + number * memory.strideBytes
  const view = bytes.subarray(address, address + lengthBytes)
  views[number] = view
  return view
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
