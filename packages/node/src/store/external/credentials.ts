/** Access keys are secrets: they come from a file that only its owner can read, or from the environment, never from elsewhere. */
import { open } from 'node:fs/promises'
import { StoreError } from '../store-error.ts'

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

const maximumFileBytes = 64 * 1024
const othersMayTouch = 0o077

/**
 * @param file in the form of `~/.aws/credentials`, of which the profile `default` is used; null: the environment's
 *   AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN
 * @throws StoreError CREDENTIALS_INVALID
 */
export async function readCredentials(
  file: string | null,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Credentials> {
  const values = file === null ? env : parse(await readSecret(file))
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = values
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey, sessionToken: sessionToken || undefined }
  const place =
    file === null ? 'the environment has no AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY' : `${file} has no keys`
  throw new StoreError('CREDENTIALS_INVALID', `${place} to use the bucket with`)
}

async function readSecret(path: string): Promise<string> {
  try {
    await using file = await open(path, 'r')
    const { mode, size } = await file.stat()
    const isExposed = process.platform !== 'win32' && (mode & othersMayTouch) !== 0
    if (isExposed) throw new Error(`others may read it; make it private with: chmod 600 ${path}`)
    if (size > maximumFileBytes) throw new Error(`it is longer than ${maximumFileBytes} bytes`)
    return await file.readFile('utf8')
  } catch (cause) {
    throw new StoreError('CREDENTIALS_INVALID', `${path} can't be used: ${(cause as Error).message}`, { cause })
  }
}

/** The values of the profile `default`, under the names that they have in the environment. */
function parse(text: string): Record<string, string> {
  const values: Record<string, string> = {}
  let profile = ''
  for (const line of text.split(/\r?\n/)) {
    profile = /^\s*\[\s*(.*?)\s*\]/.exec(line)?.[1] ?? profile
    const [, name, value] = /^\s*(aws_\w+)\s*=\s*(.*?)\s*$/i.exec(line) ?? []
    if (profile === 'default' && name !== undefined && value !== undefined) values[name.toUpperCase()] = value
  }
  return values
}
