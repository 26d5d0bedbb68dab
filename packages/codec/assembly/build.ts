/**
 * Compiles kernel.ts twice, for plain and for relaxed SIMD, and writes both modules as text, because a module in a separate
 * file would have to be fetched differently in Node, browsers and Deno.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const source = fileURLToPath(new URL('kernel.ts', import.meta.url))
const generated = new URL('../src/generated/kernel-modules.ts', import.meta.url)

async function compile(features: string[]): Promise<string> {
  let module = new Uint8Array(0)
  const { error, stderr } = await asc.main(
    ['kernel.ts', '--outFile', 'kernel.wasm', '-O3', '--noAssert', '--runtime', 'stub', '--importMemory', ...features],
    {
      readFile: (name) => (name === 'kernel.ts' ? readFileSync(source, 'utf8') : null),
      writeFile: (name, contents) => {
        if (name === 'kernel.wasm') module = contents as Uint8Array<ArrayBuffer>
      },
      listFiles: () => [],
    },
  )
  if (error) throw new Error(stderr.toString(), { cause: error })
  return Buffer.from(module).toString('base64')
}

/** The text of src/generated/kernel-modules.ts. */
export async function kernelModules(): Promise<string> {
  const simd = await compile(['--enable', 'simd'])
  const relaxed = await compile(['--enable', 'simd', '--enable', 'relaxed-simd'])
  return [
    '// Made from assembly/kernel.ts by `npm run build:kernel`.',
    `export const simdModule = '${simd}'`,
    `export const relaxedSimdModule = '${relaxed}'`,
    '',
  ].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(generated, await kernelModules())
