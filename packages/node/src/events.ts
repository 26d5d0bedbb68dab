import type { MembershipError } from './membership/membership-error.ts'
import type { DamagedShard } from './scrub/state.ts'

/** A stored shard that did not have the bytes its manifest names; the read went on with others. */
export interface WrongShard {
  readonly objectId: Uint8Array
  readonly stripe: number
  readonly index: number
  readonly peerId: string
}

/** What a node or client tells while it runs. */
export interface PeerEvents {
  'wrong-shard': CustomEvent<WrongShard>
  /** A node's scrub found that a shard it keeps is damaged. */
  'damaged-shard': CustomEvent<DamagedShard>
  /** This peer is a member no longer, and why: revoked, or expired. Nobody speaks with it from now on. */
  'membership-end': CustomEvent<MembershipError>
}
