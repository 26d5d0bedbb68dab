/**
 * An invite lets others into the network, and tells them where to find it. There are two kinds:
 *
 * - An open one is a key that the authority has certified. Whoever holds it becomes a member by signing its own peer id with
 *   that key: it is a secret until it expires.
 * - A bound one is made out to one peer id, and useless to all others.
 */
import { crc32 } from 'node:zlib'
import { base58btc } from 'multiformats/bases/base58'
import * as v from 'valibot'
import { encodeCbor } from '../encoding/cbor.ts'
import { boundedBytes, decodeRecord, fixedBytes } from '../encoding/record.ts'
import { createIdentity, type Identity } from '../identity/identity.ts'
import { type Authority, certify } from './authority.ts'
import {
  type Credential,
  decodeCredential,
  encodeCredential,
  type Grant,
  issueCertificate,
  maximumCredentialRecordBytes,
  networkIdOf,
} from './certificate.ts'
import { checkCredential } from './check-credential.ts'
import { MembershipError } from './membership-error.ts'

export interface Invite {
  /** 32 bytes, the seed of the invite's key; undefined for an invite that is bound to a peer. */
  readonly seed: Uint8Array | undefined
  /** The chain from the authority to the invite's key, or to the peer that it is bound to. */
  readonly credential: Credential
  /** Multiaddrs of nodes to find the network at. */
  readonly bootstrap: readonly string[]
}

const prefix = 'p2pstore_invite1_'
const maximumTextLength = 16_384
/** Whether an invite has expired is for those to say who are asked to let its holder in. */
const longAgoMs = 0
/** The most that a member can pass on of its own membership: all of it. */
const allOfIt = { role: 'storage', expiresAtMs: 0 } as const

const schema = v.strictObject({
  seed: v.optional(fixedBytes(32)),
  credential: boundedBytes(maximumCredentialRecordBytes),
  bootstrap: v.pipe(v.array(v.pipe(v.string(), v.maxLength(256))), v.maxLength(16)),
})

/**
 * An open invite.
 * @param seed 32 fresh random bytes
 * @param uses how many peers it may let in; 0 is any number. Known to members who have heard of each other only, so two may
 *   come in by an invite for one while the network is in parts
 */
export function createInvite(
  authority: Authority,
  seed: Uint8Array,
  { uses, ...grant }: Grant & { readonly uses: number },
  bootstrap: readonly string[],
): Invite {
  const credential = certify(authority, createIdentity(seed).peerId, { ...grant, uses })
  return { seed, credential, bootstrap }
}

/** An invite for one peer. */
export function createBoundInvite(
  authority: Authority,
  peerId: string,
  grant: Grant,
  bootstrap: readonly string[],
): Invite {
  return { seed: undefined, credential: certify(authority, peerId, grant), bootstrap }
}

/**
 * Makes the holder of `peerId` a member, with all that the invite grants.
 * @throws MembershipError NOT_A_MEMBER when the invite is bound to another peer
 */
export function acceptInvite({ seed, credential }: Invite, peerId: string): Credential {
  if (seed !== undefined) return signFor(credential, createIdentity(seed), peerId, false)
  checkCredential(credential, networkIdOf(credential.authority), peerId, longAgoMs)
  return credential
}

/**
 * Lets a passing key use an open invite.
 * @throws MembershipError INVITE_INVALID when the invite is bound to a peer
 */
export function acceptForSession({ seed, credential }: Invite, peerId: string): Credential {
  if (seed === undefined) throw invalid('it is bound to a peer, which joins with it')
  return signFor(credential, createIdentity(seed), peerId, true)
}

/** Lets a passing key act for a member, as a client at most. */
export function openSession(credential: Credential, member: Identity, peerId: string): Credential {
  return signFor(credential, member, peerId, true)
}

/** Only a session is less than its member: others get all that the chain before them grants. */
function signFor(credential: Credential, holder: Identity, subject: string, session: boolean): Credential {
  const terms = session ? ({ role: 'client', expiresAtMs: 0, session } as const) : allOfIt
  const certificate = issueCertificate(holder, networkIdOf(credential.authority), subject, terms)
  return { authority: credential.authority, chain: [...credential.chain, certificate] }
}

/** What an open invite is revoked by: the peer id of its key. */
export function inviteId({ seed }: Invite): string | undefined {
  return seed === undefined ? undefined : createIdentity(seed).peerId
}

export function formatInvite(invite: Invite): string {
  const body = encodeCbor({
    seed: invite.seed,
    credential: encodeCredential(invite.credential),
    bootstrap: invite.bootstrap,
  })
  return prefix + base58btc.baseEncode(Buffer.concat([body, checksum(body)]))
}

/** @throws MembershipError INVITE_INVALID */
export function parseInvite(text: string): Invite {
  const trimmed = text.trim()
  if (!trimmed.startsWith(prefix) || trimmed.length > maximumTextLength)
    throw invalid(`an invite starts with ${prefix}`)
  const bytes = decode(trimmed.slice(prefix.length))
  const body = bytes.subarray(0, -4)
  const parsed = checksum(body).equals(bytes.subarray(-4)) ? decodeRecord(schema, body) : undefined
  if (parsed === undefined) throw invalid('it has been truncated or altered; copy it again in full')
  return { seed: parsed.seed, credential: decodeCredential(parsed.credential), bootstrap: parsed.bootstrap }
}

function decode(text: string): Buffer {
  try {
    return Buffer.from(base58btc.baseDecode(text))
  } catch {
    throw invalid('it has been truncated or altered; copy it again in full')
  }
}

function checksum(body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc32(body))
  return bytes
}

function invalid(reason: string): MembershipError {
  return new MembershipError('INVITE_INVALID', `this is not a whole invite: ${reason}`)
}
