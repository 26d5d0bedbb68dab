/**
 * The roll of a network: what its authority has ruled, and who is a member, as far as this peer knows. It consists of items,
 * each of which proves itself, so they may come from anyone: successions of the authority, revocations, and credentials of
 * members, so that their roles and domains are known before anyone talks to them. Rolls converge by exchange (registrar.ts).
 */
import { createHash } from 'node:crypto'
import { type Credential, decodeCredential, type Grant, readCertificate, type Signed } from './certificate.ts'
import {
  type Admission,
  checkCredential,
  type Knowledge,
  type LastingMember,
  type Standing,
} from './check-credential.ts'
import { type ListedMember, MemberList } from './member-list.ts'
import { MembershipError } from './membership-error.ts'
import { Rulings } from './rulings.ts'

/** In the order in which they are taken: what comes later may rest on what comes before. */
export const itemKinds = ['succession', 'revocation', 'credential'] as const

export interface RollItem {
  readonly kind: (typeof itemKinds)[number]
  readonly record: Uint8Array
}

/**
 * Items of one message that are worth nothing: each costs checks of signatures. Whoever is honest sends what is lacking
 * here.
 */
const maximumUseless = 64

export class Roll implements Knowledge {
  readonly founder: string
  readonly #rulings: Rulings
  readonly #members = new MemberList()
  #items: ReadonlyMap<string, RollItem> | undefined
  #digest: Uint8Array | undefined
  #version = 0

  /** @param founder peer id of the first authority, which the network is named after */
  constructor(founder: string) {
    this.founder = founder
    this.#rulings = new Rulings(founder)
  }

  /** Another one after each change. */
  get version(): number {
    return this.#version
  }

  get network(): Uint8Array {
    return this.#rulings.network
  }

  get rulings(): Pick<Rulings, 'authorities' | 'succession' | 'revocations'> {
    return this.#rulings
  }

  get members(): readonly ListedMember[] {
    return [...this.#members.values()]
  }

  /** What the member has been granted; undefined when it is not listed. */
  grantOf(peerId: string): Grant | undefined {
    return this.#members.get(peerId)?.grant
  }

  /** The best proof that the peer is a member; undefined when it is not listed. */
  credentialOf(peerId: string): Credential | undefined {
    return this.#members.get(peerId)?.credential
  }

  isRevoked(peerId: string): boolean {
    return this.#rulings.isRevoked(peerId)
  }

  successorOf(authority: string): { readonly subject: string; readonly retiresAtMs: number } | undefined {
    return this.#rulings.successorOf(authority)
  }

  hasUseFor(admission: Admission): boolean {
    return this.#members.hasUseFor(admission)
  }

  /** @throws MembershipError as {@link checkCredential} */
  check(credential: Credential, holder: string, nowMs: number): Standing {
    return checkCredential(credential, this.network, holder, nowMs, this)
  }

  /** Lists the member that was let in; for a session that is who has opened it. Nothing is said when there is no room. */
  note({ member, admissions }: Standing, nowMs: number): void {
    for (const admission of admissions) if (admission.uses > 0) this.#members.admit(admission)
    if (member === undefined || isSame(member.credential, this.credentialOf(member.peerId))) return
    try {
      this.#list(member.credential, member.peerId, nowMs)
    } catch (error) {
      if (!(error instanceof MembershipError)) throw error
    }
  }

  /**
   * Takes in what is news of some items, until too many of them were none.
   * @returns which of them were, and why others were refused
   */
  merge(items: readonly RollItem[], nowMs: number): { taken: RollItem[]; refused: MembershipError[] } {
    const taken: RollItem[] = []
    const refused: MembershipError[] = []
    const known = this.items()
    const unknown = items.filter((item) => !known.has(keyOf(item)))
    let useless = 0
    for (const item of itemKinds.flatMap((kind) => unknown.filter((item) => item.kind === kind))) {
      if (useless === maximumUseless) break
      try {
        if (this.#take(item, nowMs)) taken.push(item)
        else useless += 1
      } catch (error) {
        if (!(error instanceof MembershipError)) throw error
        refused.push(error)
        useless += 1
      }
    }
    if (taken.some(({ kind }) => kind !== 'credential')) this.strike(nowMs)
    return { taken, refused }
  }

  /** Strikes off the list who is no longer a member. */
  strike(nowMs: number): void {
    for (const { peerId, credential } of this.members) {
      try {
        this.check(credential, peerId, nowMs)
      } catch {
        this.#members.remove(peerId)
        this.#change()
      }
    }
  }

  /** What others are told, by a key of 16 hexadecimal digits. */
  items(): ReadonlyMap<string, RollItem> {
    this.#items ??= new Map(this.#itemList().map((item) => [keyOf(item), item]))
    return this.#items
  }

  /** 32 bytes, the same for rolls with the same items. */
  digest(): Uint8Array {
    this.#digest ??= new Uint8Array(
      createHash('sha256')
        .update([...this.items().keys()].sort().join())
        .digest(),
    )
    return this.#digest
  }

  #change(): void {
    this.#items = undefined
    this.#digest = undefined
    this.#version += 1
  }

  #itemList(): RollItem[] {
    const { successions, revocations } = this.#rulings.records
    const credentials = this.members.map(({ record }) => record)
    const records = { succession: successions, revocation: revocations, credential: credentials }
    return itemKinds.flatMap((kind) => records[kind].map((record) => ({ kind, record })))
  }

  #take({ kind, record }: RollItem, nowMs: number): boolean {
    const isNews = kind === 'credential' ? this.#takeCredential(record, nowMs) : this.#rule(kind, record)
    if (isNews) this.#change()
    return isNews
  }

  #rule(kind: 'succession' | 'revocation', record: Uint8Array): boolean {
    return kind === 'succession' ? this.#rulings.succeed(record) : this.#rulings.revoke(record)
  }

  #takeCredential(record: Uint8Array, nowMs: number): boolean {
    const credential = decodeCredential(record)
    const readSubject = (issuer: string, certificate: Signed): string =>
      readCertificate(certificate, this.network, issuer)?.subject ?? ''
    return this.#list(credential, credential.chain.reduce(readSubject, credential.authority), nowMs)
  }

  #list(credential: Credential, holder: string, nowMs: number): boolean {
    const standing = this.check(credential, holder, nowMs)
    if (!isLasting(standing, holder)) throw new MembershipError('NOT_A_MEMBER', 'only lasting members are listed')
    const isNews = this.#members.add(standing)
    if (isNews) this.#change()
    return isNews
  }
}

function isLasting(standing: Standing, holder: string): standing is Standing & { member: LastingMember } {
  return standing.member?.peerId === holder
}

function isSame(a: Credential, b: Credential | undefined): boolean {
  const lastOf = ({ chain }: Credential): Uint8Array => chain.at(-1)!.signature
  return b !== undefined && Buffer.compare(lastOf(a), lastOf(b)) === 0
}

function keyOf({ kind, record }: RollItem): string {
  return createHash('sha256').update(kind).update(record).digest('hex').slice(0, 16)
}
