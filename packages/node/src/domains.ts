/**
 * Which failure domain each member is in, as far as this peer can tell. What a certificate says comes first. What members say
 * of themselves is no more than a claim: one machine can run twenty nodes that each claim a domain of their own, or somebody
 * else's. But where a member comes from is seen, and who comes from one public network, such as that of a home or a hall,
 * shares at least its line. So those are one domain: the one that they claim, when all of them claim the same, since a whole
 * network may be in a larger domain; else the network itself. A private network (a LAN, a tunnel, one machine) tells
 * nothing, for all who are near are seen to come from it.
 */
import type { Member } from '@p2pstore/state'
import { isPublicNetwork } from './gossip/observed-prefix.ts'
import type { Roll } from './membership/roll.ts'

type Seen = Pick<Member, 'record' | 'observedPrefix'>

export class Domains {
  readonly #roll: Pick<Roll, 'grantOf'>
  /** By public network, of those whom nobody has certified a domain. */
  readonly #ofNetwork = new Map<string, string>()

  /** @param members all that are known */
  constructor(members: readonly Seen[], roll: Pick<Roll, 'grantOf'>) {
    this.#roll = roll
    for (const { record, observedPrefix } of members) {
      if (!isPublic(observedPrefix) || this.#certified(record.peerId) !== undefined) continue
      const claimed = this.#ofNetwork.get(observedPrefix) ?? record.domain
      this.#ofNetwork.set(observedPrefix, claimed === record.domain ? claimed : observedPrefix)
    }
  }

  /** Also of members that have come since. */
  of({ record, observedPrefix }: Seen): string {
    const ofNetwork = isPublic(observedPrefix) ? this.#ofNetwork.get(observedPrefix) : undefined
    return this.#certified(record.peerId) ?? ofNetwork ?? record.domain
  }

  #certified(peerId: string): string | undefined {
    return this.#roll.grantOf(peerId)?.domain
  }
}

function isPublic(prefix: string | undefined): prefix is string {
  return prefix !== undefined && isPublicNetwork(prefix)
}
