import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { type Credential, decodeCredential, encodeCredential } from '../membership/certificate.ts'
import { HomeError } from './home-error.ts'

export interface Membership {
  readonly credential: Credential
  readonly bootstrap: readonly string[]
}

const membershipFile = 'membership.json'
const addressesFile = 'addresses.json'
const maximumFileBytes = 64 * 1024
const maximumAddresses = 64

const addressList = v.pipe(v.array(v.pipe(v.string(), v.maxLength(256))), v.maxLength(maximumAddresses))
const membershipSchema = v.strictObject({ version: v.literal(1), credential: v.string(), bootstrap: addressList })
const addressesSchema = v.strictObject({ version: v.literal(1), addresses: addressList })

export async function writeMembership(directory: string, { credential, bootstrap }: Membership): Promise<void> {
  const encoded = Buffer.from(encodeCredential(credential)).toString('base64url')
  await writeJson(join(directory, membershipFile), { version: 1, credential: encoded, bootstrap })
}

/** @throws HomeError HOME_MISSING, HOME_INVALID */
export async function readMembership(directory: string): Promise<Membership> {
  const path = join(directory, membershipFile)
  const text = await readText(path)
  if (text === undefined) {
    throw new HomeError(
      'HOME_MISSING',
      `${directory} is not the home of a member: found a network with init, or join one`,
    )
  }
  const parsed = parseJson(membershipSchema, text)
  try {
    if (parsed === undefined) throw new Error('it does not have the fields of a membership')
    return { credential: decodeCredential(Buffer.from(parsed.credential, 'base64url')), bootstrap: parsed.bootstrap }
  } catch (cause) {
    throw new HomeError('HOME_INVALID', `${path} is damaged: restore it, or join again in another directory`, { cause })
  }
}

/** Notes where members were seen, for the next start. */
export async function writeAddresses(directory: string, addresses: readonly string[]): Promise<void> {
  const kept = addresses.slice(0, maximumAddresses)
  await writeJson(join(directory, addressesFile), { version: 1, addresses: kept })
}

/** Empty when nothing useful is there: the file only saves time. */
export async function readAddresses(directory: string): Promise<readonly string[]> {
  const text = await readText(join(directory, addressesFile))
  return (text === undefined ? undefined : parseJson(addressesSchema, text))?.addresses ?? []
}

/** All or nothing: a crash leaves the old file or the new one. */
async function writeJson(path: string, value: unknown): Promise<void> {
  const draft = `${path}.${process.pid}.draft`
  await writeFile(draft, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600, flush: true })
  await rename(draft, path)
}

async function readText(path: string): Promise<string | undefined> {
  try {
    const text = await readFile(path, 'utf8')
    return text.length > maximumFileBytes ? '' : text
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw failure
  }
}

function parseJson<Schema extends v.GenericSchema>(schema: Schema, text: string): v.InferOutput<Schema> | undefined {
  try {
    const result = v.safeParse(schema, JSON.parse(text))
    return result.success ? result.output : undefined
  } catch {
    return undefined
  }
}
