import type { Identity } from '../identity/identity.ts'
import type { Clock } from '../ports/clock.ts'
import type { Doorman, Member } from '../protocol/doorman.ts'
import {
  type Credential,
  certifierOf,
  checkCredential,
  decodeCredential,
  encodeCredential,
  networkIdOf,
} from './certificate.ts'

/** Lets in members of the credential's own network, and shows them that this peer is one too. */
export function createDoorman(credential: Credential, clock: Clock): Doorman {
  const network = networkIdOf(credential.authority)
  const shown = encodeCredential(credential)
  return {
    network: Buffer.from(network).toString('hex'),
    credential: () => shown,
    admit(remotePeerId: string, record: Uint8Array): Member {
      const credential = decodeCredential(record)
      const { role } = checkCredential(credential, network, remotePeerId, clock.nowMs())
      return { peerId: remotePeerId, role, certifiedBy: certifierOf(credential) }
    },
  }
}

/** A credential that a peer is about to use, checked as others will check it. */
export function assertMember(credential: Credential, identity: Identity, clock: Clock): void {
  checkCredential(credential, networkIdOf(credential.authority), identity.peerId, clock.nowMs())
}
