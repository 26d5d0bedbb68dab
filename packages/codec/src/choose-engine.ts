import { type Engine, type EngineName, engineNames } from './engine.ts'
import { kernelModules } from './kernel-module.ts'
import { referenceEngine } from './reference-engine.ts'
import { swizzleKernels } from './swizzle-kernel.ts'
import { WasmEngine } from './wasm-engine.ts'
import type { Workload } from './workload.ts'
import { xorKernels } from './xor-kernel.ts'

/**
 * The engine asked for, or the fastest one.
 * @throws RangeError when the engine asked for cannot do it
 */
export async function chooseEngine(workload: Workload, wanted?: EngineName): Promise<Engine> {
  const { layout, isBinary, targets, numbers } = workload
  if (wanted !== undefined && !engineNames.includes(wanted)) throw new RangeError(`there is no engine ${wanted}`)
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
  return new WasmEngine(name, xorKernels(workload), modules, numbers)
}
