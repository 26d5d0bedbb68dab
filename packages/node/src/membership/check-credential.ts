/**
 * What a credential is worth, found out offline. No link can grant more than the one before it: the role never widens,
 * the earliest expiry holds for all, and who was put into a domain stays there. Only an authority and an invite let
 * anyone in: a member opens sessions of its own, as clients, and a session opens nothing; else one member could bring a
 * thousand. What the authority has ruled since (that a member is revoked, or that another authority took over) is known
 * to the caller and holds for every link: revoking an invite revokes all who came by it, revoking a node ends its
 * sessions.
 */
import { type Credential, type Grant, type Link, networkIdOf, readCertificate } from './certificate.ts'
import { MembershipError } from './membership-error.ts'
import { narrower, type Role, type SignerRole } from './role.ts'

/** What is known of the network beside the credential. */
export interface Knowledge {
  isRevoked(peerId: string): boolean
  /** Who has taken over from an authority, if anyone has. */
  successorOf(authority: string): { readonly subject: string; readonly retiresAtMs: number } | undefined
  /** Whether the invite may let in this peer, going by those it has let in already. */
  hasUseFor(admission: Admission): boolean
}

/** An invite's key lets in a peer. */
export interface Admission {
  readonly invite: string
  readonly peerId: string
  /** How many it may let in; 0 is any number. */
  readonly uses: number
}

/** What a credential proves of its holder. */
export interface Standing extends Grant {
  /** The authority that the chain rests on counts as the newer the longer the succession to it. */
  readonly successions: number
  readonly admissions: readonly Admission[]
  /** Who has signed the last certificate. */
  readonly certifiedBy: string
  /** The lasting member that the holder is, or is a session of; undefined for a session of a mere invite. */
  readonly member: LastingMember | undefined
}

export interface LastingMember {
  readonly peerId: string
  readonly credential: Credential
  /** The key of an invite, or of an authority. */
  readonly signedBy: string
}

export const nothingKnown: Knowledge = {
  isRevoked: () => false,
  successorOf: () => undefined,
  hasUseFor: () => true,
}

/**
 * What the credential grants to `holder` in this network now.
 * @throws MembershipError WRONG_NETWORK, NOT_A_MEMBER, MEMBERSHIP_EXPIRED, MEMBERSHIP_REVOKED
 */
export function checkCredential(
  credential: Credential,
  network: Uint8Array,
  holder: string,
  nowMs: number,
  known: Knowledge = nothingKnown,
): Standing {
  if (Buffer.compare(networkIdOf(credential.authority), network) !== 0) {
    throw new MembershipError('WRONG_NETWORK', 'the credential is of another network')
  }
  const links = readChain(credential, network, holder)
  const revoked = links.find(({ subject }) => known.isRevoked(subject))
  if (revoked !== undefined) {
    throw new MembershipError('MEMBERSHIP_REVOKED', `${nameOf(revoked)} has been revoked`)
  }
  let issuer: Pick<Link, 'subject' | 'role' | 'uses' | 'session'> = { subject: credential.authority, role: 'authority' }
  const grant: { role: SignerRole; expiresAtMs: number; domain: string | undefined } = {
    role: 'authority',
    expiresAtMs: 0,
    domain: undefined,
  }
  const admissions: Admission[] = []
  for (const link of links) {
    if (issuer.role === 'authority') checkSigner(issuer.subject, link, nowMs, known)
    else if (!mayIssue(issuer, link)) throw notMember(holder)
    if (issuer.uses !== undefined) {
      admissions.push({ invite: issuer.subject, peerId: link.subject, uses: issuer.uses })
    }
    grant.role = narrower(grant.role, link.session === true ? narrower('client', link.role) : link.role)
    grant.expiresAtMs = earlier(grant.expiresAtMs, link.expiresAtMs)
    grant.domain ??= link.domain
    issuer = { ...link, role: grant.role }
  }
  if (grant.role === 'authority') throw notMember(holder)
  if (grant.expiresAtMs !== 0 && grant.expiresAtMs <= nowMs) {
    throw expired(links.find(({ expiresAtMs }) => expiresAtMs === grant.expiresAtMs)!)
  }
  if (!admissions.every((admission) => known.hasUseFor(admission))) {
    throw new MembershipError('NOT_A_MEMBER', `the invite of ${holder} has been used up by others`)
  }
  const { role, expiresAtMs, domain } = grant as typeof grant & { role: Role }
  const successions = links.filter((link) => link.role === 'authority').length
  const certifiedBy = links.at(-2)?.subject ?? credential.authority
  return { role, expiresAtMs, domain, successions, admissions, certifiedBy, member: lastingMember(credential, links) }
}

/** @throws MembershipError NOT_A_MEMBER */
function readChain({ authority, chain }: Credential, network: Uint8Array, holder: string): Link[] {
  let issuer = authority
  const links = chain.map((certificate) => {
    const link = readCertificate(certificate, network, issuer)
    if (link === undefined) throw notMember(holder)
    issuer = link.subject
    return link
  })
  if (issuer !== holder) throw notMember(holder)
  return links
}

/** What an authority signs counts until it retires; its successor is the one that is known to all, and no other. */
function checkSigner(authority: string, link: Link, nowMs: number, known: Knowledge): void {
  const successor = known.successorOf(authority)
  if (successor === undefined) return
  if (link.role !== 'authority') {
    if (nowMs >= successor.retiresAtMs) throw expired(link)
  } else if (link.subject !== successor.subject) throw notMember(link.subject)
}

/** What others than authorities may sign. */
function mayIssue(issuer: Pick<Link, 'uses' | 'session'>, link: Link): boolean {
  if (link.role === 'authority' || link.uses !== undefined) return false
  return issuer.uses !== undefined || (link.session === true && issuer.session !== true)
}

function lastingMember({ authority, chain }: Credential, links: readonly Link[]): Standing['member'] {
  const last = links.findLastIndex(({ session }) => session !== true)
  const link = links[last]
  if (link === undefined || link.uses !== undefined || link.role === 'authority') return undefined
  const signedBy = links[last - 1]?.subject ?? authority
  return { peerId: link.subject, credential: { authority, chain: chain.slice(0, last + 1) }, signedBy }
}

/** Of two times of which 0 is never. */
function earlier(a: number, b: number): number {
  return a === 0 || b === 0 ? a + b : Math.min(a, b)
}

function expired(link: Link): MembershipError {
  return new MembershipError('MEMBERSHIP_EXPIRED', `${nameOf(link)} has expired; ask for a new invite`)
}

function nameOf({ subject, uses }: Link): string {
  return uses === undefined ? `the membership of ${subject}` : `the invite ${subject}`
}

function notMember(holder: string): MembershipError {
  return new MembershipError('NOT_A_MEMBER', `${holder} is not a member of this network`)
}
