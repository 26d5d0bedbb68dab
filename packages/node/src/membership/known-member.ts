import type { Grant } from './certificate.ts'
import type { Roll } from './roll.ts'

/** A member, or one that was. */
export interface KnownMember extends Partial<Grant> {
  readonly peerId: string
  /** Who let it in: the peer id of an invite's key, or of the authority. Undefined for one that was revoked. */
  readonly invitedBy?: string
  /** Milliseconds since the Unix epoch. Undefined while it is a member. */
  readonly revokedAtMs?: number
}

/** All that the roll tells, in the order of peer ids, those that were revoked (which may be invites) last. */
export function knownMembers(roll: Roll): KnownMember[] {
  const members = roll.members.map(({ peerId, grant, signedBy }) => ({ peerId, ...grant, invitedBy: signedBy }))
  const revoked = roll.rulings.revocations.map(({ peerId, atMs }) => ({ peerId, revokedAtMs: atMs }))
  const byPeerId = (a: KnownMember, b: KnownMember): number => (a.peerId < b.peerId ? -1 : 1)
  return [...members.sort(byPeerId), ...revoked.sort(byPeerId)]
}
