import { relaxedSimdModule, simdModule } from './generated/kernel-modules.ts'

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
  addPlanes(base: number, lengthBytes: number, blockBytes: number, schedule: number, scheduleEnd: number): void
}

let compiled: Promise<WebAssembly.Module | undefined> | undefined

/** The fixed kernels for the best SIMD this engine has, compiled once; undefined when it has none. */
export function kernelModule(): Promise<WebAssembly.Module | undefined> {
  compiled ??= compileBest()
  return compiled
}

async function compileBest(): Promise<WebAssembly.Module | undefined> {
  if (typeof WebAssembly === 'undefined') return undefined
  for (const base64 of [relaxedSimdModule, simdModule]) {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
    if (WebAssembly.validate(bytes)) return WebAssembly.compile(bytes)
  }
  return undefined
}
