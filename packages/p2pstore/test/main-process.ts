import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { buffer, text } from 'node:stream/consumers'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Ran } from './captured-run.ts'

export const mainFile = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

/** Starts the program as a process of its own, from its sources. */
export function spawnMain(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, ['--import', tsx, '--conditions=@p2pstore/source', mainFile, ...args], {
    env: { PATH: process.env.PATH, ...env },
  })
}

/** Runs one command in a process of its own to its end. */
export async function runMain(
  args: readonly string[],
  options: { env?: Readonly<Record<string, string>>; stdin?: Uint8Array | string } = {},
): Promise<Ran> {
  const child = spawnMain(args, options.env)
  child.stdin.on('error', () => {})
  child.stdin.end(options.stdin ?? '')
  const status = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? -1)))
  const [stdout, stderr] = await Promise.all([buffer(child.stdout), text(child.stderr)])
  return { status: await status, stdout, stderr }
}
