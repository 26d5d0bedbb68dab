/**
 * Combinations of bit-sliced shards, or with coefficients 0 and 1 only, by XOR programs.
 *
 * Finding shared sums takes milliseconds for some combinations and hundreds of them for others. So a combination starts on a
 * fixed kernel that walks a list of addresses. Once it has worked enough to be worth a program, every run makes a part of
 * it, which keeps nobody waiting, and the last part lets the program take over.
 */
import { planeBytes } from './block.ts'
import type { Combination } from './combination.ts'
import { directSteps } from './direct-steps.ts'
import type { Kernel, KernelFamily, Site } from './kernel.ts'
import type { XorProgram } from './recipe.ts'
import type { ShardMemory } from './shard-memory.ts'
import type { Workload } from './workload.ts'
import { workroomBytes } from './workroom.ts'
import { xorModule } from './xor-module.ts'
import { planeSums, xorCount } from './xor-program.ts'

const entryBytes = 4
/** Longer lists are walked portion by portion. */
const maximumScratchBytes = 1 << 20
/** What is not worth the compiler's time and memory: combinations with more XORs stay on the fixed kernel. */
const maximumCompiledXors = 150_000
/**
 * How much of each shard is worked on before a program is made. Both the time saved and the time to make it grow with the number
 * of XORs, so this is about where one pays for the other, whatever the matrix.
 */
const defaultColdBytes = 512 << 10

export function xorKernels(
  { isBinary, numbers, targets, intermediates }: Workload,
  coldBytes = defaultColdBytes,
): KernelFamily {
  const planes = isBinary ? 1 : 8
  const longestList = targets * planes * (numbers * planes + 3) * entryBytes
  return {
    scratchBytes: Math.max(workroomBytes(intermediates), Math.min(longestList, maximumScratchBytes)),
    prepare: (combination, site) => new XorKernel(combination, site, coldBytes),
  }
}

type Run = (start: number, end: number, targetStart: number) => void

class XorKernel implements Kernel {
  readonly #site: Site
  /** The list that addPlanes of assembly/kernel.ts walks, cut into portions that fit the scratch space. */
  readonly #portions: readonly Uint32Array[]
  readonly #stepBytes: number
  /** Makes the program, a little per turn. */
  readonly #module: Generator<undefined, Uint8Array<ArrayBuffer>>
  #coldBytes: number
  #compiled: Run | undefined

  constructor(combination: Combination, site: Site, coldBytes: number) {
    const { recipe } = combination
    const sums = planeSums(combination)
    this.#site = site
    this.#portions = portionsOf(sums, combination, site.memory)
    this.#stepBytes = sums.planes * planeBytes
    const room = { memory: site.memory, intermediates: recipe?.intermediates ?? 0 }
    this.#module = xorModule(recipe?.steps() ?? directSteps(combination), room)
    if (recipe?.isPrepared) this.#coldBytes = 0
    else if (recipe || xorCount(sums) <= maximumCompiledXors) this.#coldBytes = coldBytes
    else this.#coldBytes = Number.POSITIVE_INFINITY
  }

  run(baseBytes: number, targetBaseBytes: number, lengthBytes: number): void {
    if (!this.#compiled && this.#coldBytes <= 0) this.#prepare()
    if (this.#compiled) {
      this.#compiled(baseBytes, baseBytes + lengthBytes, targetBaseBytes)
      this.#site.tablesOf = this
    } else this.#runCold(baseBytes, targetBaseBytes, lengthBytes)
  }

  #runCold(baseBytes: number, targetBaseBytes: number, lengthBytes: number): void {
    this.#coldBytes -= lengthBytes
    const { memory, scratchAtBytes } = this.#site.memory
    const isInPlace = this.#portions.length === 1 && this.#site.tablesOf === this
    for (const portion of this.#portions) {
      if (!isInPlace) new Uint32Array(memory.buffer, scratchAtBytes, portion.length).set(portion)
      const end = scratchAtBytes + portion.byteLength
      this.#site.fixed.addPlanes(baseBytes, targetBaseBytes, lengthBytes, this.#stepBytes, scratchAtBytes, end)
    }
    this.#site.tablesOf = this
  }

  #prepare(): void {
    const { memory } = this.#site.memory
    const made = this.#module.next()
    if (!made.done) return
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(made.value), { env: { memory } })
    this.#compiled = (exports as { run: Run }).run
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
