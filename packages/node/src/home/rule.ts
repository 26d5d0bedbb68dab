/**
 * What the holder of a network's authority does from a home: invite, revoke, rotate. The key is that of the home, or in
 * a file kept elsewhere. Nothing here needs the network; rulings go into the home's roll, and from there to all others.
 */
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { createIdentity, identitySeedBytes, publicKeyOf } from '../identity/identity.ts'
import { IdentityError } from '../identity/identity-error.ts'
import { loadIdentity, type PassphraseSource, type Protection, saveIdentity } from '../identity/identity-file.ts'
import { type Authority, authorityFrom, certify, nameSuccessor, signRevocation } from '../membership/authority.ts'
import { domainName, encodeCredential, type Grant } from '../membership/certificate.ts'
import { createBoundInvite, createInvite, type Invite } from '../membership/invite.ts'
import type { Roll, RollItem } from '../membership/roll.ts'
import { encodeSigned } from '../membership/rulings.ts'
import type { Random } from '../ports/random.ts'
import { type Home, homeFiles } from './home.ts'
import { HomeError } from './home-error.ts'

export interface InviteTerms extends Grant {
  /** How many may join with it; 0 is any number. Default 0. */
  readonly uses?: number | undefined
  /** The only one that may join with it. Default: whoever holds the invite. */
  readonly peerId?: string | undefined
  /** Default: that of the home, without a passphrase. */
  readonly authority?: AuthorityKey | undefined
}

/** Where an authority's key is, and what opens it. */
export interface AuthorityKey {
  /** Default: authority.key in the home. */
  readonly file?: string | undefined
  readonly passphrase?: PassphraseSource | undefined
}

/** @throws HomeError AUTHORITY_MISSING, MembershipError, IdentityError */
export async function openAuthority({ directory, roll }: Home, key: AuthorityKey = {}): Promise<Authority> {
  const { file, passphrase } = key
  const identity = await loadIdentity(file ?? join(directory, homeFiles.authority), passphrase).catch(
    (cause: unknown) => {
      if (file !== undefined || !(cause instanceof IdentityError && cause.code === 'IDENTITY_MISSING')) throw cause
      throw new HomeError(
        'AUTHORITY_MISSING',
        `${directory} has no authority.key: do it where the network was founded, or name the file of its key`,
        { cause },
      )
    },
  )
  return authorityFrom(identity, roll.rulings.authorities, roll.rulings.succession)
}

/**
 * @param bootstrap multiaddrs of nodes that the invited one can find the network at
 * @throws HomeError AUTHORITY_MISSING, MembershipError, RangeError
 */
export async function inviteFrom(
  home: Home,
  { uses = 0, peerId, authority: key, ...grant }: InviteTerms,
  bootstrap: readonly string[],
  random: Random,
): Promise<Invite> {
  if (!Number.isSafeInteger(uses) || uses < 0) throw new RangeError(`an invite can't be for ${uses} peers`)
  if (peerId !== undefined) assertPeerId(peerId)
  if (grant.domain !== undefined && !domainName.test(grant.domain)) {
    throw new RangeError(
      `${JSON.stringify(grant.domain)} is not the name of a domain: 1 … 128 visible ASCII characters`,
    )
  }
  const authority = await openAuthority(home, key)
  return peerId === undefined
    ? createInvite(authority, random.bytes(identitySeedBytes), { ...grant, uses }, bootstrap)
    : createBoundInvite(authority, peerId, grant, bootstrap)
}

/**
 * @param peerId a member's, or that of an invite's key, and with it all who came by it
 * @throws RangeError
 */
export function revokeBy(authority: Authority, peerId: string, nowMs: number): RollItem {
  assertPeerId(peerId)
  return { kind: 'revocation', record: encodeSigned(signRevocation(authority, { peerId, atMs: nowMs })) }
}

/**
 * Puts a new key in the place of the authority's. It certifies all listed members anew, so that none has to join again.
 * @param retiresAtMs until when memberships count that rest on the old key alone
 */
export function rotate(
  authority: Authority,
  roll: Roll,
  retiresAtMs: number,
  random: Random,
): { readonly next: Authority; readonly items: readonly RollItem[] } {
  const next = nameSuccessor(authority, createIdentity(random.bytes(identitySeedBytes)), retiresAtMs)
  const revocations = roll.rulings.revocations.map(({ peerId, atMs }) => revokeBy(next, peerId, atMs))
  const members = roll.members.map(({ peerId, grant }) => encodeCredential(certify(next, peerId, grant)))
  const succession = { kind: 'succession', record: encodeSigned(next.succession.at(-1)!) } as const
  const credentials = members.map((record) => ({ kind: 'credential', record }) as const)
  return { next, items: [succession, ...revocations, ...credentials] }
}

/**
 * Keeps the new key where the old one was: in the home, where the old file gets a name that tells its number, or in a file
 * of its own.
 * @returns the file
 */
export async function keepAuthority(
  { directory }: Home,
  { key, succession }: Authority,
  { file, protection }: { readonly file?: string | undefined; readonly protection?: Protection | undefined } = {},
): Promise<string> {
  const path = file ?? join(directory, homeFiles.authority)
  if (file === undefined) await rename(path, join(directory, `authority-${succession.length}.key`)).catch(ignoreMissing)
  await saveIdentity(path, key, protection)
  return path
}

/** @throws RangeError */
function assertPeerId(text: string): void {
  // What it is instead is not repeated: it may be an invite.
  if (publicKeyOf(text) === undefined) throw new RangeError('that is not a peer id')
}

function ignoreMissing(failure: NodeJS.ErrnoException): void {
  if (failure.code !== 'ENOENT') throw failure
}
