/**
 * The acts of a network's authority: it lets in, revokes, and names its successor. None needs the network; what they give is
 * signed and good wherever it gets to.
 */
import * as v from 'valibot'
import { encodeCbor } from '../encoding/cbor.ts'
import { count, decodeRecord, fixedBytes } from '../encoding/record.ts'
import { type Identity, verifySignature } from '../identity/identity.ts'
import { type Credential, issueCertificate, networkIdOf, type Signed, type Terms } from './certificate.ts'
import { MembershipError } from './membership-error.ts'

/** An authority's key, with the network and the succession that it rules by. */
export interface Authority {
  readonly key: Identity
  /** Peer id of the first authority, which the network is named after. */
  readonly founder: string
  /** From the first authority's certificate down to this one's; empty for the first. */
  readonly succession: readonly Signed[]
}

export interface Revocation {
  readonly peerId: string
  readonly atMs: number
}

const revocationSchema = v.strictObject({
  v: v.literal(1),
  network: fixedBytes(16),
  revoke: v.pipe(v.string(), v.maxLength(128)),
  at: count,
})

/**
 * @param heads peer ids of the network's authorities in their order, the first included
 * @throws MembershipError NOT_A_MEMBER when the key never ruled the network, AUTHORITY_RETIRED when it no longer does
 */
export function authorityFrom(key: Identity, heads: readonly string[], succession: readonly Signed[]): Authority {
  const [founder] = heads
  if (founder === undefined || !heads.includes(key.peerId)) {
    throw new MembershipError('NOT_A_MEMBER', 'the key is not that of this network’s authority')
  }
  if (heads.at(-1) !== key.peerId) {
    throw new MembershipError('AUTHORITY_RETIRED', 'another key has taken over from this authority; use that one')
  }
  return { key, founder, succession }
}

/** Lets in the holder of a key. */
export function certify({ key, founder, succession }: Authority, subject: string, terms: Terms): Credential {
  const certificate = issueCertificate(key, networkIdOf(founder), subject, terms)
  return { authority: founder, chain: [...succession, certificate] }
}

/** @param peerId a member's, or the key of an invite, and with it all who came by it */
export function signRevocation({ key, founder }: Authority, { peerId, atMs }: Revocation): Signed {
  const payload = encodeCbor({ v: 1, network: networkIdOf(founder), revoke: peerId, at: atMs })
  return { payload, signature: key.sign(payload) }
}

/** What was revoked, if `authority` has signed it for this network. */
export function readRevocation(signed: Signed, network: Uint8Array, authority: string): Revocation | undefined {
  const payload = decodeRecord(revocationSchema, signed.payload)
  if (payload === undefined || Buffer.compare(payload.network, network) !== 0) return undefined
  if (!verifySignature(authority, signed.payload, signed.signature)) return undefined
  return { peerId: payload.revoke, atMs: payload.at }
}

/** @param retiresAtMs until when memberships count that rest on the old key */
export function nameSuccessor(old: Authority, key: Identity, retiresAtMs: number): Authority {
  const terms = { role: 'authority', expiresAtMs: 0, retiresAtMs } as const
  const certificate = issueCertificate(old.key, networkIdOf(old.founder), key.peerId, terms)
  return { key, founder: old.founder, succession: [...old.succession, certificate] }
}
