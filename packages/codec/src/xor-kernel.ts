/**
 * Combinations of bit-sliced shards, or with coefficients 0 and 1 only, by XOR programs.
 *
 * Finding shared sums and compiling takes milliseconds to a second, so a combination starts on a fixed kernel that walks a list
 * of addresses, and moves to a program of its own once it has worked enough to be worth it.
 */
import { planeBytes } from './block.ts'
import type { Combination, XorProgram } from './combination.ts'
import type { Kernel, KernelFamily, Site } from './kernel.ts'
import type { ShardMemory } from './shard-memory.ts'
import { xorModule } from './xor-module.ts'
import { planeSums, shareSums, xorCount } from './xor-program.ts'

const entryBytes = 4
/** Longer lists are walked portion by portion. */
const maximumScratchBytes = 1 << 20
/** Longer programs are not worth the compiler's time and memory: combinations with more XORs stay on the fixed kernel. */
const maximumCompiledXors = 60_000
/**
 * How much of each shard is worked on before compiling. Both the time saved and the time to compile grow with the number of
 * XORs, so this is about where one pays for the other, whatever the matrix.
 */
const defaultColdBytes = 2 << 20

export function xorKernels(
  sourceShards: number,
  parityShards: number,
  planes: 1 | 8,
  coldBytes = defaultColdBytes,
): KernelFamily {
  const longestList = parityShards * planes * (sourceShards * planes + 3) * entryBytes
  const programs = new WeakMap<Combination, XorProgram>()
  const sharedProgram = (combination: Combination): XorProgram => {
    const program = programs.get(combination) ?? combination.program?.() ?? shareSums(planeSums(combination))
    programs.set(combination, program)
    return program
  }
  return {
    scratchBytes: Math.min(longestList, maximumScratchBytes),
    prepare: (combination, site) => new XorKernel(combination, site, { sharedProgram, coldBytes }),
  }
}

interface XorKernelOptions {
  readonly sharedProgram: (combination: Combination) => XorProgram
  readonly coldBytes: number
}

class XorKernel implements Kernel {
  readonly #combination: Combination
  readonly #site: Site
  readonly #sharedProgram: (combination: Combination) => XorProgram
  /** The list that addPlanes of assembly/kernel.ts walks, cut into portions that fit the scratch space. */
  readonly #portions: readonly Uint32Array[]
  readonly #stepBytes: number
  #coldBytes: number
  #compiled: ((baseBytes: number, lengthBytes: number) => void) | undefined

  constructor(combination: Combination, site: Site, { sharedProgram, coldBytes }: XorKernelOptions) {
    const sums = planeSums(combination)
    this.#combination = combination
    this.#site = site
    this.#sharedProgram = sharedProgram
    this.#portions = portionsOf(sums, combination, site.memory)
    this.#stepBytes = sums.planes * planeBytes
    const isCompilable = combination.program !== undefined || xorCount(sums) <= maximumCompiledXors
    this.#coldBytes = isCompilable ? coldBytes : Number.POSITIVE_INFINITY
  }

  run(baseBytes: number, lengthBytes: number): void {
    if (!this.#compiled && this.#coldBytes <= 0) this.#compiled = this.#compile()
    if (this.#compiled) {
      this.#compiled(baseBytes, lengthBytes)
      return
    }
    this.#coldBytes -= lengthBytes
    const { memory, scratchAtBytes } = this.#site.memory
    const isInPlace = this.#portions.length === 1 && this.#site.tablesOf === this
    for (const portion of this.#portions) {
      if (!isInPlace) new Uint32Array(memory.buffer, scratchAtBytes, portion.length).set(portion)
      const end = scratchAtBytes + portion.byteLength
      this.#site.fixed.addPlanes(baseBytes, lengthBytes, this.#stepBytes, scratchAtBytes, end)
    }
    this.#site.tablesOf = this
  }

  #compile(): (baseBytes: number, lengthBytes: number) => void {
    const { memory } = this.#site.memory
    const bytes = xorModule(this.#sharedProgram(this.#combination), this.#combination, this.#site.memory)
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } })
    const { run } = exports as { run: (baseBytes: number, lengthBytes: number) => void }
    return run
  }
}

function portionsOf(
  { planes, outputs }: XorProgram,
  { sources, targets, accumulate }: Combination,
  { strideBytes, scratchBytes }: ShardMemory,
): Uint32Array[] {
  const place = (shards: readonly number[], term: number) =>
    shards[Math.floor(term / planes)]! * strideBytes + (term % planes) * planeBytes
  const portions: number[][] = [[]]
  outputs.forEach((terms, output) => {
    const target = place(targets, output)
    const addresses = terms.map((term) => place(sources, term))
    if (accumulate) addresses.push(target)
    const entry = [target, (addresses.length + 2) * entryBytes, ...addresses]
    if ((portions.at(-1)!.length + entry.length) * entryBytes > scratchBytes) portions.push([])
    portions.at(-1)!.push(...entry)
  })
  const filled = portions.filter(({ length }) => length > 0)
  if (filled.some(({ length }) => length * entryBytes > scratchBytes)) {
    throw new RangeError('the memory has no room for the addresses')
  }
  return filled.map((portion) => Uint32Array.from(portion))
}
