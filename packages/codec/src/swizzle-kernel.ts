/** Combinations of byte-layout shards by table look-up; assembly/kernel.ts explains how. */
import type { Combination } from './combination.ts'
import { multiply } from './galois.ts'
import type { Kernel, KernelFamily, Site } from './kernel.ts'
import { cellAt } from './matrix.ts'

const tableBytes = 32
const addressBytes = 4

export function swizzleKernels(totalShards: number, parityShards: number): KernelFamily {
  return {
    scratchBytes: totalShards * parityShards * tableBytes + 2 * totalShards * addressBytes,
    prepare: (combination, site) => new SwizzleKernel(combination, site),
  }
}

class SwizzleKernel implements Kernel {
  readonly #combination: Combination
  readonly #site: Site
  /** Of sources, then of targets; behind the tables. */
  readonly #addresses: Uint32Array

  constructor(combination: Combination, site: Site) {
    const { sources, targets } = combination
    const { memory, scratchAtBytes, scratchBytes } = site.memory
    const tablesBytes = sources.length * targets.length * tableBytes
    const neededBytes = tablesBytes + (sources.length + targets.length) * addressBytes
    if (neededBytes > scratchBytes) throw new RangeError('the memory has no room for the tables')
    this.#combination = combination
    this.#site = site
    this.#addresses = new Uint32Array(memory.buffer, scratchAtBytes + tablesBytes, sources.length + targets.length)
  }

  run(baseBytes: number, targetBaseBytes: number, lengthBytes: number): void {
    const { sources, targets, accumulate } = this.#combination
    const { memory, fixed } = this.#site
    if (this.#site.tablesOf !== this) this.#writeTables()
    let index = 0
    for (const shard of sources) this.#addresses[index++] = baseBytes + shard * memory.strideBytes
    for (const shard of targets) this.#addresses[index++] = targetBaseBytes + shard * memory.strideBytes
    fixed.multiplyBytes(
      lengthBytes,
      sources.length,
      targets.length,
      memory.scratchAtBytes,
      this.#addresses.byteOffset,
      this.#addresses.byteOffset + sources.length * addressBytes,
      accumulate === true,
    )
  }

  /** Per source and target: the products of the low nibbles, then those of the high nibbles. */
  #writeTables(): void {
    const { sources, targets, coefficients } = this.#combination
    const { memory, scratchAtBytes } = this.#site.memory
    const tables = new Uint8Array(memory.buffer, scratchAtBytes, sources.length * targets.length * tableBytes)
    for (let source = 0, at = 0; source < sources.length; source++) {
      for (let target = 0; target < targets.length; target++, at += tableBytes) {
        const factor = cellAt(coefficients, target, source)
        for (let nibble = 0; nibble < 16; nibble++) {
          tables[at + nibble] = multiply(factor, nibble)
          tables[at + 16 + nibble] = multiply(factor, nibble << 4)
        }
      }
    }
    this.#site.tablesOf = this
  }
}
