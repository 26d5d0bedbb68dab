/**
 * Capabilities and invites are secrets: they come from a file, standard input or the environment, never from the command
 * line, which every user of the machine can read and the shell remembers.
 */
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { CommandError } from './command-error.ts'
import { unreadable } from './source-file.ts'
import type { Surroundings } from './surroundings.ts'

export interface SecretKind {
  readonly name: string
  /** Where it is taken from when no file is named. */
  readonly variable: string
}

export const capabilitySecret: SecretKind = { name: 'capability', variable: 'P2PSTORE_CAPABILITY' }
export const inviteSecret: SecretKind = { name: 'invite', variable: 'P2PSTORE_INVITE' }

/** Name and description of the argument that commands on one object take. */
export const capabilityArgument = [
  '[capability]',
  `file with the capability, or - for standard input (default: ${capabilitySecret.variable})`,
] as const

/** Longer than any capability or invite. */
const maximumSecretBytes = 64 << 10
const secretText = /^p2pstore_(?:r|v|invite)\d+_/

/**
 * @param from a file, `-` for standard input, undefined for the environment
 * @throws CommandError SECRET_IN_ARGUMENTS, FILE_UNREADABLE, USAGE when nothing says where it is
 */
export async function readSecret(
  { name, variable }: SecretKind,
  from: string | undefined,
  { env, stdin }: Pick<Surroundings, 'env' | 'stdin'>,
): Promise<string> {
  if (from === undefined) {
    const secret = env[variable]
    if (secret) return secret
    throw new CommandError('USAGE', `name the file that holds the ${name}, or - for standard input, or set ${variable}`)
  }
  if (secretText.test(from)) {
    throw new CommandError(
      'SECRET_IN_ARGUMENTS',
      `the ${name} is a secret that others see on a command line; put it into a file, pipe it to -, or set ${variable}`,
    )
  }
  return (await readAll(from === '-' ? stdin : await openText(from), from)).trim()
}

async function openText(path: string): Promise<Readable> {
  try {
    return (await open(path, 'r')).createReadStream()
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

async function readAll(stream: Readable, from: string): Promise<string> {
  const pieces: Buffer[] = []
  let readBytes = 0
  try {
    for await (const piece of stream) {
      readBytes += (piece as Buffer).length
      if (readBytes > maximumSecretBytes) throw new Error(`it is longer than ${maximumSecretBytes} bytes`)
      pieces.push(Buffer.from(piece as Buffer))
    }
  } catch (cause) {
    throw unreadable(from, cause)
  }
  return Buffer.concat(pieces).toString('utf8')
}
