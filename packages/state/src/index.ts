export type { Delta } from './delta.ts'
export { checkDigest, type Digest, type DigestEntry } from './digest.ts'
export { chooseGossipPeers, type GossipRound } from './gossip-round.ts'
export type { Availability, LivenessThresholds } from './liveness.ts'
export type { MemberRecord, Role, UnitRecord } from './member.ts'
export { readRecord, type SignedRecord, signRecord } from './signed-record.ts'
export { StateError, type StateErrorCode } from './state-error.ts'
export {
  DEFAULT_MAX_MEMBERS,
  type Member,
  type MergeResult,
  type Moment,
  View,
  type ViewChange,
  type ViewOptions,
} from './view.ts'
