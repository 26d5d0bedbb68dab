import type { Identity } from '../identity/identity.ts'
import type { Clock } from '../ports/clock.ts'
import type { Doorman, Member } from '../protocol/doorman.ts'
import { type Credential, decodeCredential, encodeCredential } from './certificate.ts'
import type { Standing } from './check-credential.ts'
import { MembershipError } from './membership-error.ts'
import { assertMayAnswer } from './permissions.ts'
import type { Roll } from './roll.ts'

export interface DoormanParts {
  readonly identity: Identity
  readonly credential: Credential
  readonly roll: Roll
  readonly clock: Clock
}

/** Credentials of peers that have come in, to be looked at again: more than there can be connections. */
const rememberedLimit = 4_096

/** Lets in members of the credential's own network, as far as the roll has nothing against them, and lists them on it. */
export class RollDoorman implements Doorman {
  readonly network: string
  readonly #parts: DoormanParts
  readonly #admitted = new Map<string, Credential>()

  /** @throws MembershipError when the credential is not good for this identity */
  constructor(parts: DoormanParts) {
    const { roll, clock } = parts
    this.#parts = parts
    this.network = Buffer.from(roll.network).toString('hex')
    roll.note(this.standing(), clock.nowMs())
  }

  /** What this peer itself may do now. @throws MembershipError */
  standing(): Standing {
    const { identity, roll, clock } = this.#parts
    return roll.check(this.#own(), identity.peerId, clock.nowMs())
  }

  credential(): Uint8Array {
    return encodeCredential(this.#own())
  }

  admit(remotePeerId: string, record: Uint8Array): Member {
    const { roll, clock } = this.#parts
    const credential = decodeCredential(record)
    const standing = this.#standingOf(remotePeerId, credential)
    roll.note(standing, clock.nowMs())
    this.#remember(remotePeerId, credential)
    const { role, certifiedBy } = standing
    return { peerId: remotePeerId, role, certifiedBy }
  }

  assertAnswers({ role }: Member, method: string): void {
    assertMayAnswer(role, method)
  }

  forget(peerId: string): void {
    this.#admitted.delete(peerId)
  }

  /** Peers that were let in and would not be now: revoked, or expired. */
  unwelcome(): string[] {
    const isGood = (peerId: string, credential: Credential): boolean => {
      try {
        return this.#standingOf(peerId, credential) !== undefined
      } catch (error) {
        if (error instanceof MembershipError) return false
        throw error
      }
    }
    return [...this.#admitted].filter(([peerId, credential]) => !isGood(peerId, credential)).map(([peerId]) => peerId)
  }

  /**
   * Who was away while the authority was succeeded shows what rests on the old one: what the roll has of it counts as
   * well.
   */
  #standingOf(peerId: string, shown: Credential): Standing {
    const { roll, clock } = this.#parts
    try {
      return roll.check(shown, peerId, clock.nowMs())
    } catch (reason) {
      const listed = roll.credentialOf(peerId)
      if (listed === undefined) throw reason
      return roll.check(listed, peerId, clock.nowMs())
    }
  }

  /** What is shown: the roll has a better one when a new authority has certified this peer anew. */
  #own(): Credential {
    const { roll, identity, credential } = this.#parts
    return roll.credentialOf(identity.peerId) ?? credential
  }

  #remember(peerId: string, credential: Credential): void {
    this.#admitted.delete(peerId)
    this.#admitted.set(peerId, credential)
    const [oldest] = this.#admitted.keys()
    if (this.#admitted.size > rememberedLimit && oldest !== undefined) this.#admitted.delete(oldest)
  }
}
