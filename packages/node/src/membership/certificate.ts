/**
 * Who belongs to a network, checked offline. A certificate says "the holder of this key may act in this role in this
 * network"; it is signed by the authority or by the holder of the certificate before it in the chain:
 *
 *   authority ─signs→ invite key ─signs→ node's own key ─signs→ a session of the command line on that node
 *
 * No link can grant more than the one before it: the role never widens and the earliest expiry holds for all. The network's
 * id is the hash of the authority's peer id, so the authority's name in a credential needs no trust of its own.
 */
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { encodeCbor } from '../encoding/cbor.ts'
import { boundedBytes, count, decodeRecord, fixedBytes } from '../encoding/record.ts'
import { type Identity, verifySignature } from '../identity/identity.ts'
import { MembershipError } from './membership-error.ts'

/** `storage` nodes keep shards and may do all that a `client` may. */
export type Role = 'storage' | 'client'

export interface Grant {
  readonly role: Role
  /** Milliseconds since the Unix epoch; 0 is never. */
  readonly expiresAtMs: number
}

export interface Credential {
  /** Peer id of the authority. */
  readonly authority: string
  /** From the authority's certificate down to the holder's own. */
  readonly chain: readonly Certificate[]
}

export interface Certificate {
  readonly payload: Uint8Array
  readonly signature: Uint8Array
}

/** Longest chain: invite, node, session, and one to spare. */
const maximumChainLength = 4
const rank: Record<Role, number> = { client: 1, storage: 2 }

const peerId = v.pipe(v.string(), v.maxLength(128))
const payloadSchema = v.strictObject({
  v: v.literal(1),
  network: fixedBytes(16),
  subject: peerId,
  role: v.picklist(['storage', 'client']),
  expires: count,
})
const credentialSchema = v.strictObject({
  v: v.literal(1),
  authority: peerId,
  chain: v.pipe(
    v.array(v.strictObject({ payload: boundedBytes(1024), signature: fixedBytes(64) })),
    v.minLength(1),
    v.maxLength(maximumChainLength),
  ),
})

/** The 16-byte id of the network that an authority rules. */
export function networkIdOf(authority: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(`p2pstore network ${authority}`).digest().subarray(0, 16))
}

export function issueCertificate(issuer: Identity, network: Uint8Array, subject: string, grant: Grant): Certificate {
  const payload = encodeCbor({ v: 1, network, subject, role: grant.role, expires: grant.expiresAtMs })
  return { payload, signature: issuer.sign(payload) }
}

export function encodeCredential(credential: Credential): Uint8Array {
  return encodeCbor({ v: 1, authority: credential.authority, chain: credential.chain })
}

/** @throws MembershipError NOT_A_MEMBER */
export function decodeCredential(record: Uint8Array): Credential {
  const credential = record.length <= 8192 ? decodeRecord(credentialSchema, record) : undefined
  if (credential === undefined) throw new MembershipError('NOT_A_MEMBER', 'the credential is not readable')
  return { authority: credential.authority, chain: credential.chain }
}

/**
 * What the credential grants to `holder` in this network now.
 * @throws MembershipError WRONG_NETWORK, NOT_A_MEMBER, MEMBERSHIP_EXPIRED
 */
export function checkCredential(credential: Credential, network: Uint8Array, holder: string, nowMs: number): Grant {
  if (Buffer.compare(networkIdOf(credential.authority), network) !== 0) {
    throw new MembershipError('WRONG_NETWORK', 'the credential is of another network')
  }
  let issuer = credential.authority
  let grant: Grant = { role: 'storage', expiresAtMs: 0 }
  for (const certificate of credential.chain) {
    const payload = decodeRecord(payloadSchema, certificate.payload)
    if (payload === undefined || Buffer.compare(payload.network, network) !== 0) throw notMember(holder)
    if (!verifySignature(issuer, certificate.payload, certificate.signature)) throw notMember(holder)
    grant = narrow(grant, { role: payload.role, expiresAtMs: payload.expires })
    issuer = payload.subject
  }
  if (issuer !== holder) throw notMember(holder)
  if (grant.expiresAtMs !== 0 && grant.expiresAtMs <= nowMs) {
    throw new MembershipError('MEMBERSHIP_EXPIRED', `the membership of ${holder} has expired; ask for a new invite`)
  }
  return grant
}

/** Whose key signed the last certificate of a credential that has been checked. */
export function certifierOf({ authority, chain }: Credential): string {
  const signer = chain.at(-2)
  return (signer && decodeRecord(payloadSchema, signer.payload)?.subject) ?? authority
}

function narrow(outer: Grant, inner: Grant): Grant {
  const expiries = [outer.expiresAtMs, inner.expiresAtMs].filter((time) => time !== 0)
  return {
    role: rank[inner.role] < rank[outer.role] ? inner.role : outer.role,
    expiresAtMs: expiries.length === 0 ? 0 : Math.min(...expiries),
  }
}

function notMember(holder: string): MembershipError {
  return new MembershipError('NOT_A_MEMBER', `${holder} is not a member of this network`)
}
