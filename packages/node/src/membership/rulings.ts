import { encodeCbor } from '../encoding/cbor.ts'
import { decodeRecord } from '../encoding/record.ts'
import { type Revocation, readRevocation } from './authority.ts'
import { networkIdOf, readCertificate, type Signed, signedSchema } from './certificate.ts'
import { MembershipError } from './membership-error.ts'

interface Succession {
  readonly record: Uint8Array
  readonly certificate: Signed
  readonly subject: string
  readonly retiresAtMs: number
}

/** What rulings may grow to: 5 MB with 0.3 KB each. */
const maximumRevocations = 16_384
const maximumSuccessions = 12
const maximumRecordBytes = 2048

/**
 * What a network's authorities have ruled: who took over from whom, and who is revoked. There is one line of authorities;
 * should a stolen key name a rival successor, the first that a peer learns of holds. Revocations count when the latest
 * authority has signed them. It signs those of its predecessor anew, because a retired key may be in other hands.
 */
export class Rulings {
  readonly network: Uint8Array
  readonly #founder: string
  readonly #successions: Succession[] = []
  readonly #revocations = new Map<string, { readonly ruling: Revocation; readonly record: Uint8Array }>()
  /** Signed by authorities before the latest. They hold here, and are handed on by nobody. */
  readonly #inherited = new Map<string, Revocation>()

  /** @param founder peer id of the first authority */
  constructor(founder: string) {
    this.#founder = founder
    this.network = networkIdOf(founder)
  }

  /** Peer ids of the authorities in their order. */
  get authorities(): readonly string[] {
    return [this.#founder, ...this.#successions.map(({ subject }) => subject)]
  }

  /** The certificate of each authority but the first. */
  get succession(): readonly Signed[] {
    return this.#successions.map(({ certificate }) => certificate)
  }

  get revocations(): readonly Revocation[] {
    return [...this.#inherited.values(), ...[...this.#revocations.values()].map(({ ruling }) => ruling)]
  }

  /** What others are told, by kind. */
  get records(): { readonly successions: readonly Uint8Array[]; readonly revocations: readonly Uint8Array[] } {
    return {
      successions: this.#successions.map(({ record }) => record),
      revocations: [...this.#revocations.values()].map(({ record }) => record),
    }
  }

  isRevoked(peerId: string): boolean {
    return this.#revocations.has(peerId) || this.#inherited.has(peerId)
  }

  successorOf(authority: string): Pick<Succession, 'subject' | 'retiresAtMs'> | undefined {
    return this.#successions[this.authorities.indexOf(authority)]
  }

  /** @returns whether it was news. @throws MembershipError NOT_A_MEMBER, AUTHORITY_RETIRED */
  succeed(record: Uint8Array): boolean {
    const certificate = readSigned(record)
    const { authorities, network } = this
    const at = authorities.findIndex((authority) => readCertificate(certificate, network, authority) !== undefined)
    const link = at < 0 ? undefined : readCertificate(certificate, network, authorities[at]!)
    if (link?.role !== 'authority' || link.retiresAtMs === undefined) throw notRuled('a succession')
    const { subject, retiresAtMs } = link
    if (this.#successions[at]?.subject === subject) return false
    if (at < this.#successions.length || authorities.includes(subject) || at >= maximumSuccessions) {
      throw new MembershipError('AUTHORITY_RETIRED', 'another successor of that authority is known already')
    }
    this.#successions.push({ record: record.slice(), certificate, subject, retiresAtMs })
    for (const { ruling } of this.#revocations.values()) this.#inherited.set(ruling.peerId, ruling)
    this.#revocations.clear()
    return true
  }

  /** @returns whether it was news. @throws MembershipError NOT_A_MEMBER, NOT_PERMITTED when there are too many */
  revoke(record: Uint8Array): boolean {
    const ruling = readRevocation(readSigned(record), this.network, this.authorities.at(-1)!)
    if (ruling === undefined) throw notRuled('a revocation')
    if (this.#revocations.has(ruling.peerId)) return false
    if (this.#revocations.size >= maximumRevocations) {
      throw new MembershipError('NOT_PERMITTED', `there are ${maximumRevocations} revocations already`)
    }
    this.#revocations.set(ruling.peerId, { ruling, record: record.slice() })
    this.#inherited.delete(ruling.peerId)
    return true
  }
}

export function encodeSigned({ payload, signature }: Signed): Uint8Array {
  return encodeCbor({ payload, signature })
}

function readSigned(record: Uint8Array): Signed {
  const signed = record.length <= maximumRecordBytes ? decodeRecord(signedSchema, record) : undefined
  if (signed === undefined) throw new MembershipError('NOT_A_MEMBER', 'a ruling is not readable')
  return signed
}

function notRuled(what: string): MembershipError {
  return new MembershipError('NOT_A_MEMBER', `${what} is not signed by this network’s authority`)
}
