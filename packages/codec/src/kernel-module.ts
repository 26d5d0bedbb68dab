import * as generated from './generated/kernel-modules.ts'

/** What assembly/kernel.ts exports; it explains the arguments. */
export interface FixedKernels {
  multiplyBytes(
    lengthBytes: number,
    sourceCount: number,
    targetCount: number,
    tables: number,
    sources: number,
    targets: number,
    accumulate: boolean,
  ): void
  addPlanes(
    base: number,
    targetBase: number,
    lengthBytes: number,
    blockBytes: number,
    schedule: number,
    scheduleEnd: number,
  ): void
  /** 1 or 0. */
  differ(one: number, other: number, lengthBytes: number): number
}

/** The fixed kernels, for memory of one thread and for shared memory. */
export interface KernelModules {
  readonly plain: WebAssembly.Module
  readonly shared: WebAssembly.Module
}

let compiled: Promise<KernelModules | undefined> | undefined

/** The fixed kernels for the best SIMD this engine has, compiled once; undefined when it has none. */
export function kernelModules(): Promise<KernelModules | undefined> {
  compiled ??= compileBest()
  return compiled
}

async function compileBest(): Promise<KernelModules | undefined> {
  if (typeof WebAssembly === 'undefined') return undefined
  for (const { plain, shared } of [generated.relaxedSimd, generated.simd]) {
    const modules = [plain, shared].map((base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)))
    if (!modules.every((bytes) => WebAssembly.validate(bytes))) continue
    const [first, second] = await Promise.all(modules.map((bytes) => WebAssembly.compile(bytes)))
    return { plain: first!, shared: second! }
  }
  return undefined
}
