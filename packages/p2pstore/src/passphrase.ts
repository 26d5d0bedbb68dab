import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { readSecret } from './secret.ts'
import type { Surroundings } from './surroundings.ts'

const kind = { name: 'passphrase', variable: 'P2PSTORE_PASSPHRASE' }

/**
 * A passphrase from the file that is named, from the environment, or from the terminal, if there is someone at it.
 * @param file `-` for standard input
 * @throws CommandError FILE_UNREADABLE
 */
export async function readPassphrase(
  prompt: string,
  file: string | undefined,
  surroundings: Surroundings,
): Promise<string | undefined> {
  const { env, stdin, stderr } = surroundings
  if (file !== undefined || env[kind.variable]) return (await readSecret(kind, file, surroundings)) || undefined
  return 'isTTY' in stdin && stdin.isTTY && stderr.isTTY ? ask(prompt, surroundings) : undefined
}

/** Nothing of what is typed is shown. */
async function ask(prompt: string, { stdin, stderr, signal }: Surroundings): Promise<string | undefined> {
  stderr.write(`${prompt}: `)
  const nowhere = new Writable({ write: (_piece, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true })
  try {
    return await new Promise<string | undefined>((resolve) => {
      lines.once('line', (line) => resolve(line || undefined)).once('close', () => resolve(undefined))
      lines.once('SIGINT', () => lines.close())
      signal.addEventListener('abort', () => lines.close(), { once: true })
    })
  } finally {
    lines.close()
    stderr.write('\n')
  }
}
