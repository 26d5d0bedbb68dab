/**
 * An invite is a key that the authority has certified, together with addresses to find the network at. Whoever holds it
 * becomes a member by signing its own peer id with that key: it is a secret until it expires.
 */
import { crc32 } from 'node:zlib'
import { base58btc } from 'multiformats/bases/base58'
import * as v from 'valibot'
import { encodeCbor } from '../encoding/cbor.ts'
import { boundedBytes, decodeRecord, fixedBytes } from '../encoding/record.ts'
import { createIdentity, type Identity } from '../identity/identity.ts'
import {
  type Credential,
  decodeCredential,
  encodeCredential,
  type Grant,
  issueCertificate,
  networkIdOf,
} from './certificate.ts'
import { MembershipError } from './membership-error.ts'

export interface Invite {
  /** 32 bytes: the seed of the invite's key. */
  readonly seed: Uint8Array
  /** The chain from the authority to the invite's key. */
  readonly credential: Credential
  /** Multiaddrs of nodes to find the network at. */
  readonly bootstrap: readonly string[]
}

const prefix = 'p2pstore_invite1_'
const maximumTextLength = 16_384

const schema = v.strictObject({
  seed: fixedBytes(32),
  credential: boundedBytes(8192),
  bootstrap: v.pipe(v.array(v.pipe(v.string(), v.maxLength(256))), v.maxLength(16)),
})

/** @param seed 32 fresh random bytes */
export function createInvite(
  authority: Identity,
  seed: Uint8Array,
  grant: Grant,
  bootstrap: readonly string[],
): Invite {
  const key = createIdentity(seed)
  const certificate = issueCertificate(authority, networkIdOf(authority.peerId), key.peerId, grant)
  return { seed, credential: { authority: authority.peerId, chain: [certificate] }, bootstrap }
}

/** Makes the holder of `peerId` a member, with all that the invite grants. */
export function acceptInvite(invite: Invite, peerId: string, grant: Grant): Credential {
  return extendCredential(invite.credential, createIdentity(invite.seed), peerId, grant)
}

/** Passes on (part of) what a credential grants to its holder; the chain narrows the grant to what the holder has. */
export function extendCredential(credential: Credential, holder: Identity, subject: string, grant: Grant): Credential {
  const certificate = issueCertificate(holder, networkIdOf(credential.authority), subject, grant)
  return { authority: credential.authority, chain: [...credential.chain, certificate] }
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
