/**
 * A home is the directory that makes a machine a member of one network:
 *
 *   identity.key      the member's own key (secret)
 *   membership.json   the certificates that let it in, and addresses to find the network at
 *   authority.key     only where the network was founded, and only until it is moved to a safe place: signs invites (secret)
 *   addresses.json    addresses of other members seen last, so that a restart needs none of the first ones
 *   units.json        where a node keeps shards for others; see units-file.ts
 *   store/            the first such unit, unless another one was named
 */
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createIdentity, type Identity, identitySeedBytes } from '../identity/identity.ts'
import { IdentityError } from '../identity/identity-error.ts'
import { loadIdentity, saveIdentity } from '../identity/identity-file.ts'
import { type Credential, type Grant, issueCertificate, networkIdOf } from '../membership/certificate.ts'
import { acceptInvite, createInvite, type Invite } from '../membership/invite.ts'
import type { Random } from '../ports/random.ts'
import { HomeError } from './home-error.ts'
import { readAddresses, readMembership, writeMembership } from './membership-file.ts'

const homeFiles = {
  identity: 'identity.key',
  authority: 'authority.key',
} as const

/** What a member needs to show itself to others and to find them. */
export interface Home {
  readonly directory: string
  readonly identity: Identity
  readonly credential: Credential
  /** Multiaddrs from the invite and from the last run, each ending in a peer id. */
  readonly bootstrap: readonly string[]
}

const unlimited: Grant = { role: 'storage', expiresAtMs: 0 }

/**
 * Founds a network: a new authority, and this directory as the home of its first member.
 * @throws HomeError HOME_EXISTS
 */
export async function foundNetwork(directory: string, random: Random): Promise<Home> {
  await createHome(directory)
  const authority = createIdentity(random.bytes(identitySeedBytes))
  const identity = createIdentity(random.bytes(identitySeedBytes))
  const certificate = issueCertificate(authority, networkIdOf(authority.peerId), identity.peerId, unlimited)
  const credential = { authority: authority.peerId, chain: [certificate] }
  await saveIdentity(join(directory, homeFiles.authority), authority)
  await saveIdentity(join(directory, homeFiles.identity), identity)
  await writeMembership(directory, { credential, bootstrap: [] })
  return { directory, identity, credential, bootstrap: [] }
}

/**
 * Makes this directory the home of a member of the network that sent the invite.
 * @throws HomeError HOME_EXISTS, MembershipError INVITE_INVALID
 */
export async function joinNetwork(directory: string, invite: Invite, random: Random): Promise<Home> {
  const identity = createIdentity(random.bytes(identitySeedBytes))
  const credential = acceptInvite(invite, identity.peerId, unlimited)
  await createHome(directory)
  await saveIdentity(join(directory, homeFiles.identity), identity)
  await writeMembership(directory, { credential, bootstrap: invite.bootstrap })
  return { directory, identity, credential, bootstrap: invite.bootstrap }
}

/** @throws HomeError HOME_MISSING, HOME_INVALID; IdentityError IDENTITY_EXPOSED, IDENTITY_INVALID */
export async function openHome(directory: string): Promise<Home> {
  const { credential, bootstrap } = await readMembership(directory)
  const identity = await loadIdentity(join(directory, homeFiles.identity))
  const seen = await readAddresses(directory)
  return { directory, identity, credential, bootstrap: [...new Set([...bootstrap, ...seen])] }
}

/**
 * An invite signed by the authority that lives in this home.
 * @param bootstrap multiaddrs of nodes that the invited one can find the network at
 * @throws HomeError AUTHORITY_MISSING
 */
export async function inviteFrom(
  directory: string,
  grant: Grant,
  bootstrap: readonly string[],
  random: Random,
): Promise<Invite> {
  const authority = await loadIdentity(join(directory, homeFiles.authority)).catch((cause: unknown) => {
    if (!(cause instanceof IdentityError && cause.code === 'IDENTITY_MISSING')) throw cause
    throw new HomeError(
      'AUTHORITY_MISSING',
      `${directory} has no authority.key: invites are made where the network was founded`,
      { cause },
    )
  })
  return createInvite(authority, random.bytes(identitySeedBytes), grant, bootstrap)
}

async function createHome(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const present = await readdir(directory)
  if (present.includes(homeFiles.identity) || present.includes(homeFiles.authority)) {
    throw new HomeError('HOME_EXISTS', `${directory} is the home of a member already; choose another directory`)
  }
}
