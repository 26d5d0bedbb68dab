import type { Engine, EngineName } from './engine.ts'
import { kernelModules } from './kernel-module.ts'
import type { Layout } from './linear-code.ts'
import { referenceEngine } from './reference-engine.ts'
import { swizzleKernels } from './swizzle-kernel.ts'
import { WasmEngine } from './wasm-engine.ts'
import { xorKernels } from './xor-kernel.ts'

/** What the combinations of an engine look like at most. */
export interface Workload {
  readonly layout: Layout
  /** Whether all coefficients are 0 or 1, so that the layout does not matter. */
  readonly isBinary: boolean
  readonly targets: number
  /** Shard numbers are below this. */
  readonly numbers: number
}

/**
 * The engine asked for, or the fastest one.
 * @throws RangeError when the engine asked for cannot do it
 */
export async function chooseEngine(workload: Workload, wanted?: EngineName): Promise<Engine> {
  const { layout, isBinary, targets, numbers } = workload
  if (wanted === 'reference') return referenceEngine(layout)
  const modules = await kernelModules()
  if (!modules && wanted) throw new RangeError(`the ${wanted} engine needs WebAssembly SIMD`)
  if (!modules) return referenceEngine(layout)
  const canXor = layout === 'bits' || isBinary
  const name = wanted ?? (canXor ? 'xor-program' : 'swizzle')
  if (name === 'swizzle') {
    if (layout !== 'byte') throw new RangeError('the swizzle engine needs byte layout, not bits')
    return new WasmEngine(name, swizzleKernels(numbers, targets), modules, numbers)
  }
  if (!canXor) throw new RangeError('the xor-program engine needs bit-sliced layout, not bytes')
  return new WasmEngine(name, xorKernels(numbers, targets, isBinary ? 1 : 8), modules, numbers)
}
