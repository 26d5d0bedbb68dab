export { checkCoordinate } from './check-member.ts'
export { foretoldUs, OwnCoordinate } from './coordinate.ts'
export type { Delta } from './delta.ts'
export { checkBuckets, checkEntries, checkHashes, checkShortIds, type DigestEntry } from './digest.ts'
export { chooseGossipPeers, type GossipRound } from './gossip-round.ts'
export { electedOf, summaryOf } from './groups.ts'
export type { Availability } from './liveness.ts'
export { LocalHealth } from './local-health.ts'
export {
  type Admission,
  type Coordinate,
  type Geography,
  type GroupSummary,
  type LinkRecord,
  type LinkSecurity,
  type MemberRecord,
  type Outlook,
  type Performance,
  type ServiceQuality,
  type SpeedDigest,
  shortId,
  type Topology,
  type UnitRecord,
} from './member.ts'
export { DEFAULT_STATE_BYTES_PER_SECOND, renewalMs, roundDelayMs } from './pace.ts'
export { neighboursOf } from './ring.ts'
export { type News, Rumours } from './rumours.ts'
export { type OpenRecord, openRecord, type SignedRecord, signRecord } from './signed-record.ts'
export { StateError, type StateErrorCode } from './state-error.ts'
export { type Accusation, MAX_ACCUSERS } from './suspicion.ts'
export {
  DEFAULT_GROUP,
  DEFAULT_MAX_MEMBERS,
  type Differences,
  type Explanation,
  type Member,
  type MergeResult,
  type Moment,
  type Scope,
  View,
  type ViewChange,
  type ViewOptions,
} from './view.ts'
