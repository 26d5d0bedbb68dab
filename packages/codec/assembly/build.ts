/**
 * Compiles kernel.ts for plain and relaxed SIMD and for plain and shared memory, and writes the modules as text, because a module in a separate
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
export async function kernelModulesText(): Promise<string> {
  const lines = ['// Made from assembly/kernel.ts by `npm run build:kernel`.']
  for (const { name, simd } of [
    { name: 'simd', simd: ['--enable', 'simd'] },
    { name: 'relaxedSimd', simd: ['--enable', 'simd', '--enable', 'relaxed-simd'] },
  ]) {
    const shared = ['--enable', 'threads', '--sharedMemory', '--maximumMemory', '65536']
    lines.push(`export const ${name} = {`, '  plain:', `    '${await compile(simd)}',`)
    lines.push('  shared:', `    '${await compile([...simd, ...shared])}',`, '}')
  }
  return `${lines.join('\n')}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(generated, await kernelModulesText())
