/**
 * An identity on disk, one line of text: `p2pstore-identity-1 ` and the seed in base64url, or `p2pstore-identity-2 ` and the
 * seed sealed by a passphrase. Whoever can read it can pose as the peer, at once or after guessing, so it is written for its
 * owner alone and refused when others could have read it.
 */
import { link, open, rename, rm } from 'node:fs/promises'
import type { Random } from '../ports/random.ts'
import { createIdentity, type Identity, identitySeedBytes } from './identity.ts'
import { IdentityError } from './identity-error.ts'
import { openSeed, sealedSeedBytes, sealSeed } from './sealed-seed.ts'

/** Where a passphrase comes from; asked only when there is need of one. Undefined when there is none to be had. */
export type PassphraseSource = () => Promise<string | undefined>

/** How a file is protected beyond its permissions. */
export interface Protection {
  readonly passphrase: string
  readonly random: Random
}

const openPrefix = 'p2pstore-identity-1 '
const sealedPrefix = 'p2pstore-identity-2 '
const fileBytesLimit = 1024
const othersMayTouch = 0o077

/**
 * Writes a new identity file, whole or not at all; an existing one is never overwritten.
 * @throws IdentityError IDENTITY_EXISTS
 */
export async function saveIdentity(path: string, identity: Identity, protection?: Protection): Promise<void> {
  const draft = await writeDraft(path, identity, protection)
  try {
    await link(draft, path)
  } catch (cause) {
    if (!hasCode(cause, 'EEXIST')) throw cause
    throw new IdentityError('IDENTITY_EXISTS', `there is already an identity in ${path}`, { cause })
  } finally {
    await rm(draft, { force: true })
  }
}

/**
 * Writes the identity that is in a file anew, with a passphrase or, without protection, readable as it is.
 * @throws IdentityError like {@link loadIdentity}
 */
export async function protectIdentity(path: string, source: PassphraseSource, protection?: Protection): Promise<void> {
  const identity = await loadIdentity(path, source)
  await rename(await writeDraft(path, identity, protection), path)
}

/**
 * @throws IdentityError IDENTITY_MISSING, IDENTITY_EXPOSED (not checked on Windows), IDENTITY_INVALID, PASSPHRASE_MISSING,
 *   PASSPHRASE_WRONG
 */
export async function loadIdentity(path: string, source: PassphraseSource = noPassphrase): Promise<Identity> {
  const line = await readLine(path)
  const isSealed = line.startsWith(sealedPrefix)
  const bytes = parse(line, isSealed ? sealedPrefix : openPrefix, isSealed ? sealedSeedBytes : identitySeedBytes)
  if (bytes === undefined) throw invalid(path)
  if (!isSealed) return createIdentity(bytes)
  const passphrase = await source()
  if (passphrase !== undefined) return createIdentity(await openSeed(bytes, passphrase))
  throw new IdentityError('PASSPHRASE_MISSING', `${path} is protected by a passphrase, and none was given`)
}

/** @throws IdentityError as {@link loadIdentity} */
export async function isProtected(path: string): Promise<boolean> {
  return (await readLine(path)).startsWith(sealedPrefix)
}

async function noPassphrase(): Promise<undefined> {}

async function writeDraft(path: string, identity: Identity, protection: Protection | undefined): Promise<string> {
  const seed = identity.revealSeed()
  const bytes = protection ? await sealSeed(seed, protection.passphrase, protection.random) : seed
  const draft = `${path}.${process.pid}.draft`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(`${protection ? sealedPrefix : openPrefix}${Buffer.from(bytes).toString('base64url')}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  return draft
}

async function readLine(path: string): Promise<string> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    if (!hasCode(cause, 'ENOENT')) throw cause
    throw new IdentityError('IDENTITY_MISSING', `there is no identity in ${path}`, { cause })
  })
  try {
    const { mode, size } = await file.stat()
    if (process.platform !== 'win32' && (mode & othersMayTouch) !== 0) {
      throw new IdentityError('IDENTITY_EXPOSED', `others may read ${path}; make it private with: chmod 600 ${path}`)
    }
    if (size > fileBytesLimit) throw invalid(path)
    return (await file.readFile('utf8')).trimEnd()
  } finally {
    await file.close()
  }
}

function parse(line: string, prefix: string, length: number): Uint8Array | undefined {
  const bytes = Buffer.from(line.slice(prefix.length), 'base64url')
  return line === prefix + bytes.toString('base64url') && bytes.length === length ? bytes : undefined
}

function invalid(path: string): IdentityError {
  return new IdentityError('IDENTITY_INVALID', `${path} is not a whole identity file`)
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
