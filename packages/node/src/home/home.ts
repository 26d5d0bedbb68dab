/**
 * A home is the directory that makes a machine a member of one network:
 *
 *   identity.key      the member's own key (secret)
 *   membership.json   the certificates that let it in, and addresses to find the network at
 *   roll.cbor         who is a member and who was revoked, as far as this one knows
 *   authority.key     only where the network was founded, and only until it is moved to a safe place: signs invites (secret)
 *   addresses.json    addresses of other members seen last, so that a restart needs none of the first ones
 *   units.json        where a node keeps shards for others; see units-file.ts
 *   store/            the first such unit, unless another one was named
 */
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createIdentity, type Identity, identitySeedBytes } from '../identity/identity.ts'
import {
  loadIdentity,
  type PassphraseSource,
  type Protection,
  protectIdentity,
  saveIdentity,
} from '../identity/identity-file.ts'
import { certify } from '../membership/authority.ts'
import type { Credential, Grant } from '../membership/certificate.ts'
import { acceptInvite, type Invite } from '../membership/invite.ts'
import { Roll } from '../membership/roll.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { HomeError } from './home-error.ts'
import { readAddresses, readMembership, writeMembership } from './membership-file.ts'
import { readRoll } from './roll-file.ts'

export const homeFiles = {
  identity: 'identity.key',
  authority: 'authority.key',
  membership: 'membership.json',
} as const

/** What a member needs to show itself to others and to find them. */
export interface Home {
  readonly directory: string
  readonly identity: Identity
  readonly credential: Credential
  /** Multiaddrs from the invite and from the last run, each ending in a peer id. */
  readonly bootstrap: readonly string[]
  readonly roll: Roll
}

const unlimited: Grant = { role: 'storage', expiresAtMs: 0 }

/**
 * Founds a network: a new authority, and this directory as the home of its first member.
 * @throws HomeError HOME_EXISTS
 */
export async function foundNetwork(directory: string, random: Random, passphrase?: PassphraseSource): Promise<Home> {
  const identity = await ensureIdentity(directory, random, passphrase)
  const key = createIdentity(random.bytes(identitySeedBytes))
  const credential = certify({ key, founder: key.peerId, succession: [] }, identity.peerId, unlimited)
  await saveIdentity(join(directory, homeFiles.authority), key)
  await writeMembership(directory, { credential, bootstrap: [] })
  return { directory, identity, credential, bootstrap: [], roll: new Roll(key.peerId) }
}

/**
 * Makes this directory the home of a member of the network that sent the invite.
 * @throws HomeError HOME_EXISTS; MembershipError NOT_A_MEMBER when the invite is bound to another peer
 */
export async function joinNetwork(
  directory: string,
  invite: Invite,
  random: Random,
  passphrase?: PassphraseSource,
): Promise<Home> {
  const identity = await ensureIdentity(directory, random, passphrase)
  const { bootstrap } = invite
  const credential = acceptInvite(invite, identity.peerId)
  await writeMembership(directory, { credential, bootstrap })
  return { directory, identity, credential, bootstrap, roll: new Roll(credential.authority) }
}

/**
 * The key of a member to be, made if there is none yet: invites can be bound to its peer id.
 * @throws HomeError HOME_EXISTS when the directory is a member's home already
 */
export async function ensureIdentity(
  directory: string,
  random: Random,
  passphrase?: PassphraseSource,
): Promise<Identity> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const present = await readdir(directory)
  if (present.includes(homeFiles.membership) || present.includes(homeFiles.authority)) {
    throw new HomeError('HOME_EXISTS', `${directory} is the home of a member already; choose another directory`)
  }
  const path = join(directory, homeFiles.identity)
  if (present.includes(homeFiles.identity)) return loadIdentity(path, passphrase)
  const identity = createIdentity(random.bytes(identitySeedBytes))
  await saveIdentity(path, identity)
  return identity
}

/** @throws HomeError HOME_MISSING, HOME_INVALID; IdentityError IDENTITY_EXPOSED, IDENTITY_INVALID, PASSPHRASE_MISSING, PASSPHRASE_WRONG */
export async function openHome(directory: string, clock: Clock, passphrase?: PassphraseSource): Promise<Home> {
  const { credential, bootstrap } = await readMembership(directory)
  const identity = await loadIdentity(join(directory, homeFiles.identity), passphrase)
  const seen = await readAddresses(directory)
  const roll = new Roll(credential.authority)
  roll.merge(await readRoll(directory), clock.nowMs())
  return { directory, identity, credential, bootstrap: [...new Set([...bootstrap, ...seen])], roll }
}

/**
 * Puts the keys in a home under a passphrase, or takes it off them.
 * @param given opens those that are protected now
 * @param protection of all of them from now on. Default: none but the files' permissions
 * @returns the files
 */
export async function protectHome(
  directory: string,
  given: PassphraseSource,
  protection?: Protection,
): Promise<readonly string[]> {
  const keys = (await readdir(directory)).filter((name) => name.endsWith('.key'))
  const files = keys.map((name) => join(directory, name))
  for (const file of files) await protectIdentity(file, given, protection)
  return files
}
