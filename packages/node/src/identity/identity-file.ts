/**
 * An identity on disk: one line of text, `p2pstore-identity-1 ` and the seed in base64url. Whoever can read it can pose as
 * the peer, so it is written for its owner alone and refused when others could have read it.
 */
import { link, open, rm } from 'node:fs/promises'
import { createIdentity, type Identity, identitySeedBytes } from './identity.ts'
import { IdentityError } from './identity-error.ts'

const prefix = 'p2pstore-identity-1 '
const fileBytesLimit = 1024
const othersMayTouch = 0o077

/**
 * Writes a new identity file, whole or not at all; an existing one is never overwritten.
 * @throws IdentityError IDENTITY_EXISTS
 */
export async function saveIdentity(path: string, identity: Identity): Promise<void> {
  const draft = `${path}.${process.pid}.draft`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(`${prefix}${Buffer.from(identity.revealSeed()).toString('base64url')}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await link(draft, path)
  } catch (cause) {
    if (!hasCode(cause, 'EEXIST')) throw cause
    throw new IdentityError('IDENTITY_EXISTS', `there is already an identity in ${path}`, { cause })
  } finally {
    await rm(draft, { force: true })
  }
}

/** @throws IdentityError IDENTITY_MISSING, IDENTITY_EXPOSED (not checked on Windows), IDENTITY_INVALID */
export async function loadIdentity(path: string): Promise<Identity> {
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
    return parse(await file.readFile('utf8'), path)
  } finally {
    await file.close()
  }
}

function parse(text: string, path: string): Identity {
  const line = text.trimEnd()
  const seed = Buffer.from(line.slice(prefix.length), 'base64url')
  const isWhole = line === prefix + seed.toString('base64url') && seed.length === identitySeedBytes
  if (!isWhole) throw invalid(path)
  return createIdentity(seed)
}

function invalid(path: string): IdentityError {
  return new IdentityError('IDENTITY_INVALID', `${path} is not a whole identity file`)
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
