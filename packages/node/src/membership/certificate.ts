/**
 * Who belongs to a network, as signed by others. A certificate says "the holder of this key may act in this role in this
 * network"; it is signed by the authority or by the holder of the certificate before it in the chain:
 *
 *   authority ─signs→ invite key ─signs→ node's own key ─signs→ a session of the command line on that node
 *
 * An authority may also sign a certificate for another authority, its successor, which then signs in its place. The
 * network's id is the hash of the first authority's peer id, so the authority's name in a credential needs no trust of its
 * own. What a chain is worth is found out in check-credential.ts.
 */
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { encodeCbor } from '../encoding/cbor.ts'
import { boundedBytes, count, decodeRecord, fixedBytes } from '../encoding/record.ts'
import { type Identity, verifySignature } from '../identity/identity.ts'
import { MembershipError } from './membership-error.ts'
import { type Role, type SignerRole, signerRoles } from './role.ts'

export interface Grant {
  readonly role: Role
  /** Milliseconds since the Unix epoch; 0 is never. */
  readonly expiresAtMs: number
  /** The failure domain that the holder is in, whatever it says itself: 1 … 128 visible ASCII characters. */
  readonly domain?: string | undefined
}

/** What one certificate says. */
export interface Terms extends Omit<Grant, 'role'> {
  readonly role: SignerRole
  /** The subject is the key of an invite, which may let in so many peers; 0 is any number. */
  readonly uses?: number | undefined
  /** The subject is a passing key of the one that signs, not a member in its own right. */
  readonly session?: boolean | undefined
  /** The subject succeeds the authority that signs; from then on nothing else counts that was signed by that one. */
  readonly retiresAtMs?: number | undefined
}

export interface Link extends Terms {
  readonly subject: string
}

/** A payload and the signature of whoever vouches for it. */
export interface Signed {
  readonly payload: Uint8Array
  readonly signature: Uint8Array
}

export interface Credential {
  /** Peer id of the network's first authority. */
  readonly authority: string
  /** From that authority's certificate down to the holder's own. */
  readonly chain: readonly Signed[]
}

/** Invite, node, session, one to spare, and a dozen authorities before them. With certificates below 400 B: 6.4 KB. */
const maximumChainLength = 16
export const maximumCredentialRecordBytes = 8192

export const domainName = /^[\x21-\x7e]{1,128}$/
const peerId = v.pipe(v.string(), v.maxLength(128))
export const signedSchema = v.strictObject({ payload: boundedBytes(1024), signature: fixedBytes(64) })
const payloadSchema = v.strictObject({
  v: v.literal(1),
  network: fixedBytes(16),
  subject: peerId,
  role: v.picklist(signerRoles),
  expires: count,
  domain: v.optional(v.pipe(v.string(), v.regex(domainName))),
  uses: v.optional(count),
  session: v.optional(v.literal(true)),
  retires: v.optional(count),
})
const credentialSchema = v.strictObject({
  v: v.literal(1),
  authority: peerId,
  chain: v.pipe(v.array(signedSchema), v.minLength(1), v.maxLength(maximumChainLength)),
})

/** The 16-byte id of the network that an authority has founded. */
export function networkIdOf(authority: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(`p2pstore network ${authority}`).digest().subarray(0, 16))
}

export function issueCertificate(issuer: Identity, network: Uint8Array, subject: string, terms: Terms): Signed {
  const { role, expiresAtMs: expires, domain, uses, session, retiresAtMs: retires } = terms
  const payload = encodeCbor({ v: 1, network, subject, role, expires, domain, uses, session, retires })
  return { payload, signature: issuer.sign(payload) }
}

/** What was found good before: members' certificates are looked at again and again, and nobody changes one in memory. */
const goodCertificates = new WeakMap<Signed, { network: Uint8Array; issuer: string; link: Link }>()

/** What the certificate says, if `issuer` has signed it for this network. */
export function readCertificate(certificate: Signed, network: Uint8Array, issuer: string): Link | undefined {
  const known = goodCertificates.get(certificate)
  if (known?.issuer === issuer && Buffer.compare(known.network, network) === 0) return known.link
  const payload = decodeRecord(payloadSchema, certificate.payload)
  if (payload === undefined || Buffer.compare(payload.network, network) !== 0) return undefined
  if (!verifySignature(issuer, certificate.payload, certificate.signature)) return undefined
  const { subject, role, expires: expiresAtMs, domain, uses, session, retires: retiresAtMs } = payload
  const link = { subject, role, expiresAtMs, domain, uses, session, retiresAtMs }
  goodCertificates.set(certificate, { network, issuer, link })
  return link
}

export function encodeCredential(credential: Credential): Uint8Array {
  return encodeCbor({ v: 1, authority: credential.authority, chain: credential.chain })
}

/** @throws MembershipError NOT_A_MEMBER */
export function decodeCredential(record: Uint8Array): Credential {
  const credential = record.length <= maximumCredentialRecordBytes ? decodeRecord(credentialSchema, record) : undefined
  if (credential === undefined) throw new MembershipError('NOT_A_MEMBER', 'the credential is not readable')
  return { authority: credential.authority, chain: credential.chain }
}
