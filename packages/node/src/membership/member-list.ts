import { encodeCredential, type Grant } from './certificate.ts'
import type { Admission, LastingMember, Standing } from './check-credential.ts'
import { MembershipError } from './membership-error.ts'

/** A member and the newest proof that it is one. */
export interface ListedMember extends LastingMember {
  readonly grant: Grant
  readonly record: Uint8Array
  readonly successions: number
}

/** What the list may grow to. */
const maximumMembers = 16_384
const maximumBytes = 16 << 20
/** Of one open invite: who has stolen one can't fill the list. */
const maximumPerInvite = 4_096

/** Lasting members that this peer has heard of, and whom each invite has let in. Whether a credential is good others know. */
export class MemberList {
  readonly #members = new Map<string, ListedMember>()
  readonly #admitted = new Map<string, Set<string>>()
  #bytes = 0

  values(): Iterable<ListedMember> {
    return this.#members.values()
  }

  get(peerId: string): ListedMember | undefined {
    return this.#members.get(peerId)
  }

  hasUseFor({ invite, peerId, uses }: Admission): boolean {
    const admitted = this.#admitted.get(invite)
    return uses === 0 || admitted === undefined || admitted.has(peerId) || admitted.size < uses
  }

  /** Notes that the invite has let in this peer. */
  admit({ invite, peerId }: Admission): void {
    const admitted = this.#admitted.get(invite) ?? new Set()
    this.#admitted.set(invite, admitted.add(peerId))
  }

  /**
   * Lists a member, or a better proof of it.
   * @returns whether that was news
   * @throws MembershipError NOT_PERMITTED when the list is full
   */
  add(standing: Standing & { readonly member: LastingMember }): boolean {
    const { role, expiresAtMs, domain, successions, admissions } = standing
    const record = encodeCredential(standing.member.credential)
    const offered = { ...standing.member, grant: { role, expiresAtMs, domain }, record, successions }
    const known = this.#members.get(offered.peerId)
    if (known !== undefined && !isBetter(offered, known)) return false
    if (known === undefined) this.#assertRoom(record.length, admissions)
    this.#members.set(offered.peerId, offered)
    this.#bytes += record.length - (known?.record.length ?? 0)
    for (const admission of admissions) this.admit(admission)
    return true
  }

  remove(peerId: string): void {
    const member = this.#members.get(peerId)
    if (member !== undefined && this.#members.delete(peerId)) this.#bytes -= member.record.length
  }

  #assertRoom(bytes: number, admissions: readonly Admission[]): void {
    const isFull = this.#members.size >= maximumMembers || this.#bytes + bytes > maximumBytes
    const isSpent = ({ invite }: Admission): boolean => (this.#admitted.get(invite)?.size ?? 0) >= maximumPerInvite
    if (isFull || admissions.some(isSpent)) {
      throw new MembershipError('NOT_PERMITTED', 'there is no room in the list of members')
    }
  }
}

/** Everyone keeps the same of two: that of the latest authority, then the one that lasts longest. */
function isBetter(offered: ListedMember, known: ListedMember): boolean {
  const endOf = ({ grant }: ListedMember): number => grant.expiresAtMs || Number.POSITIVE_INFINITY
  if (offered.successions !== known.successions) return offered.successions > known.successions
  if (endOf(offered) !== endOf(known)) return endOf(offered) > endOf(known)
  return Buffer.compare(offered.record, known.record) > 0
}
