export {
  type NodeRebalance,
  type RebalanceOrder,
  type RebalanceReport,
  rebalanceBytesPerSecond,
} from './ask-rebalance.ts'
export type { RepairOptions, RepairReport } from './care/repair.ts'
export type { VerifyReport } from './care/verify.ts'
export { SearchError } from './catalog/record-search.ts'
export { Client, ClosedError, type SignalOption } from './client.ts'
export { systemClock } from './clock/system-clock.ts'
export { CodedError } from './coded-error.ts'
export type { NodeControl } from './control/node-control.ts'
export { type ClientOptions, createClient, JoinError } from './create-client.ts'
export { createNode, defaultListen, type NodeOptions } from './create-node.ts'
export type { PeerEvents, WrongShard } from './events.ts'
export type { PlacementQuestion, PlacementReport } from './explain-placement.ts'
export { FaceError } from './face/http-face.ts'
export type { GetOptions } from './get.ts'
export type { JoinOutcome } from './gossip/gossip.ts'
export { ensureIdentity, foundNetwork, type Home, joinNetwork, openHome, protectHome } from './home/home.ts'
export { HomeError } from './home/home-error.ts'
export { saveRoll } from './home/roll-file.ts'
export {
  type AuthorityKey,
  type InviteTerms,
  inviteFrom,
  keepAuthority,
  openAuthority,
  revokeBy,
  rotate,
} from './home/rule.ts'
export { IdentityError } from './identity/identity-error.ts'
export { isProtected, type PassphraseSource, type Protection } from './identity/identity-file.ts'
export type { LinkReport, LocalView, PeerReport } from './local-view.ts'
export type { ShardReceipt } from './locate.ts'
export { createLogger, type LoggerOptions } from './logger/create-logger.ts'
export { type LogLevel, logLevels } from './logger/level.ts'
export { silentLogger } from './logger/silent-logger.ts'
export { type Credential, type Grant, networkIdOf } from './membership/certificate.ts'
export { formatInvite, type Invite, inviteId, parseInvite } from './membership/invite.ts'
export type { KnownMember } from './membership/known-member.ts'
export { MembershipError } from './membership/membership-error.ts'
export { type Role, roles } from './membership/role.ts'
export type { RollItem } from './membership/roll.ts'
export { CapabilityError, parseCapability } from './object/capability.ts'
export { IntegrityError } from './object/cipher.ts'
export { type ByteSource, SourceError } from './object/source.ts'
export { type ControlOptions, type OpenControl, openControl } from './open-control.ts'
export type { ClientParts } from './participant.ts'
export type { Clock, Timer } from './ports/clock.ts'
export type { LogFields, Logger } from './ports/logger.ts'
export type { Random } from './ports/random.ts'
export type {
  PutOptions as ShardPutOptions,
  ShardLocation,
  ShardStore,
  ShardWrite,
  StoreUsage,
} from './ports/shard-store.ts'
export type { ByteStream, StreamSink, Transport } from './ports/transport.ts'
export type { PutReceipt } from './put.ts'
export { defaultScheme, type PutOptions } from './put-options.ts'
export { systemRandom } from './random/system-random.ts'
export type { ScrubReport } from './scrub/scrub.ts'
export type { DamagedShard } from './scrub/state.ts'
export type { Position, Whereabouts } from './self/whereabouts.ts'
export { Slabs } from './slabs.ts'
export type { ObjectStat } from './stat.ts'
export type { GroupStatus, MemberStatus, NetworkStatus } from './status.ts'
export type { StorageMember } from './storage-member.ts'
export { StorageNode, type StorageNodeParts } from './storage-node.ts'
export { checkUnit, type UnitCheck, type UnitProblem } from './store/check/check-unit.ts'
export { type ReadableDirectory, readableDirectory } from './store/check/readable-directory.ts'
export type { DirectoryLock, Disk, DiskFile } from './store/segment/disk.ts'
export { openNodeDisk } from './store/segment/node-disk.ts'
export { openSegmentStore, type SegmentStoreOptions } from './store/segment/open.ts'
export { StoreError } from './store/store-error.ts'
export type { UnitReport, UnitState } from './store/units/unit.ts'
export { checkPlace, type UnitPlace } from './store/units/unit-entry.ts'
export type { HealthReport } from './store/units/unit-health.ts'
export {
  type AcknowledgementLevel,
  acknowledgementLevels,
  type Durability,
  durabilities,
} from './transfer/acknowledgement.ts'
export type { DiscardReport } from './transfer/discard.ts'
export { DownloadError } from './transfer/download.ts'
export type { PlacementWishes } from './transfer/placement-wishes.ts'
export { UploadError } from './transfer/upload.ts'
export type { RelayRole } from './transport/libp2p/relay-role.ts'
