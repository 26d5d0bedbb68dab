export { checkBuckets, checkEntries, checkHashes, checkShortIds } from './check-digest.ts'
export { checkCoordinate } from './check-member.ts'
export { foretoldUs, OwnCoordinate } from './coordinate.ts'
export type { Delta } from './delta.ts'
export type { DigestEntry } from './digest.ts'
export { chooseGossipPeers, choosePresent } from './gossip-round.ts'
export { isElected, summaryOf } from './groups.ts'
export type { Moment } from './intake.ts'
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
export { compareCounters } from './newer.ts'
export { Allowance, DEFAULT_STATE_BYTES_PER_SECOND, renewalMs } from './pace.ts'
export type { Explanation, Member } from './peer.ts'
export type { Scope } from './peers.ts'
export { neighboursOf } from './ring.ts'
export { type News, Rumours } from './rumours.ts'
export { type OpenRecord, openRecord, type SignedRecord, signRecord } from './signed-record.ts'
export { StateError, type StateErrorCode } from './state-error.ts'
export { type Accusation, MAX_ACCUSERS } from './suspicion.ts'
export {
  DEFAULT_GROUP,
  DEFAULT_MAX_MEMBERS,
  type Differences,
  type MergeResult,
  View,
  type ViewChange,
  type ViewOptions,
} from './view.ts'
