/**
 * Combinations of bit-sliced shards, or with coefficients 0 and 1 only, by XOR programs.
 *
 * Finding shared sums and compiling takes milliseconds to a second, so a combination starts on a fixed kernel that walks a list
 * of addresses, and moves to a program of its own once it has worked enough to be worth it.
 */
import { planeBytes } from './block.ts'
import type { Combination, XorProgram } from './combination.ts'
import type { Kernel, KernelFamily, Site } from './kernel.ts'
import { xorModule } from './xor-module.ts'
import { planeSums, shareSums } from './xor-program.ts'

const entryBytes = 4
/** Combinations whose list is longer are compiled at once. */
const maximumScratchBytes = 1 << 22
/**
 * How much of each shard is worked on before compiling. Both the time saved and the time to compile grow with the number of
 * XORs, so this is about where one pays for the other, whatever the matrix.
 */
const defaultColdBytes = 2 << 20

export function xorKernels(
  dataShards: number,
  parityShards: number,
  planes: 1 | 8,
  coldBytes = defaultColdBytes,
): KernelFamily {
  const longestList = parityShards * planes * (dataShards * planes + 3) * entryBytes
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
  readonly #schedule: Uint32Array
  readonly #stepBytes: number
  #coldBytes: number
  #compiled: ((baseBytes: number, lengthBytes: number) => void) | undefined

  constructor(combination: Combination, site: Site, { sharedProgram, coldBytes }: XorKernelOptions) {
    const sums = planeSums(combination)
    this.#combination = combination
    this.#site = site
    this.#sharedProgram = sharedProgram
    this.#schedule = scheduleOf(sums, combination, site.memory.strideBytes)
    this.#stepBytes = sums.planes * planeBytes
    this.#coldBytes = this.#schedule.byteLength > site.memory.scratchBytes ? 0 : coldBytes
  }

  run(baseBytes: number, lengthBytes: number): void {
    if (!this.#compiled && this.#coldBytes <= 0) this.#compiled = this.#compile()
    if (this.#compiled) {
      this.#compiled(baseBytes, lengthBytes)
      return
    }
    this.#coldBytes -= lengthBytes
    if (this.#site.tablesOf !== this) this.#writeSchedule()
    const start = this.#site.memory.scratchAtBytes
    this.#site.fixed.addPlanes(baseBytes, lengthBytes, this.#stepBytes, start, start + this.#schedule.byteLength)
  }

  #writeSchedule(): void {
    const { memory, scratchAtBytes } = this.#site.memory
    new Uint32Array(memory.buffer, scratchAtBytes, this.#schedule.length).set(this.#schedule)
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

/** The list that addPlanes of assembly/kernel.ts walks. */
function scheduleOf(
  { planes, outputs }: XorProgram,
  { sources, targets, accumulate }: Combination,
  strideBytes: number,
): Uint32Array {
  const place = (shards: readonly number[], term: number) =>
    shards[Math.floor(term / planes)]! * strideBytes + (term % planes) * planeBytes
  return Uint32Array.from(
    outputs.flatMap((terms, output) => {
      const target = place(targets, output)
      const addresses = terms.map((term) => place(sources, term))
      if (accumulate) addresses.push(target)
      return [target, (addresses.length + 2) * entryBytes, ...addresses]
    }),
  )
}
