import { count, distinct, fieldsOf, flag, integer, invalid, list, name, oneOf, perMille, present } from './fields.ts'
import {
  ADMISSIONS,
  type Coordinate,
  type Geography,
  type GroupSummary,
  LINK_SECURITIES,
  type LinkRecord,
  type MemberRecord,
  OUTLOOKS,
  type Performance,
  type ServiceQuality,
  type SpeedDigest,
  shortId,
  type Topology,
  type UnitRecord,
} from './member.ts'

const MAX_ADDRESSES = 16
const MAX_ADDRESS_LENGTH = 256
const MAX_ROLES = 8
const MAX_ROLE_LENGTH = 32
const MAX_TAGS = 16
const MAX_TAG_LENGTH = 64
/** With {@link MAX_UNIT_BYTES} the sum over all units is at most 32 · 2^48 = 2^53: sums stay exact. */
const MAX_UNITS = 32
const MAX_UNIT_BYTES = 2 ** 48
const MAX_LINKS = 16
const MAX_GROUP_MEMBERS = 2 ** 20
const MAX_BYTES_PER_SECOND = 1e12
export const MAX_ROUND_TRIP_US = 60_000_000
const MAX_LATENCY_US = 3_600_000_000
export const DIMENSIONS = 8

/**
 * Checks every field of something that claims to be a member record, and returns it with exactly the known fields.
 * @throws StateError RECORD_INVALID
 */
export function checkMember(value: unknown): MemberRecord {
  const fields = fieldsOf(
    value,
    'content',
    [
      'peerId',
      'incarnation',
      'version',
      'timestampMs',
      'renewMs',
      'roles',
      'addresses',
      'units',
      'group',
      'domain',
      'tags',
      'draining',
      'links',
    ],
    ['topology', 'geography', 'unreachable', 'service', 'performance', 'coordinate', 'summary'],
  )
  const peerId = name(fields.peerId, 'peerId')
  return present({
    peerId,
    incarnation: count(fields.incarnation, 'incarnation'),
    version: count(fields.version, 'version'),
    timestampMs: count(fields.timestampMs, 'timestampMs'),
    renewMs: integer(fields.renewMs, 'renewMs', 1_000, 3_600_000),
    roles: names(fields.roles, 'roles', MAX_ROLES, MAX_ROLE_LENGTH),
    addresses: list(fields.addresses, 'addresses', MAX_ADDRESSES).map(address),
    units: units(fields.units),
    group: name(fields.group, 'group'),
    domain: name(fields.domain, 'domain'),
    topology: optional(fields.topology, topology),
    geography: optional(fields.geography, geography),
    tags: names(fields.tags, 'tags', MAX_TAGS, MAX_TAG_LENGTH),
    draining: flag(fields.draining, 'draining'),
    unreachable: optional(fields.unreachable, unreachable),
    service: optional(fields.service, service),
    performance: optional(fields.performance, performance),
    coordinate: optional(fields.coordinate, checkCoordinate),
    links: links(fields.links, peerId),
    summary: optional(fields.summary, summary),
  }) as MemberRecord
}

function optional<T>(value: unknown, check: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : check(value)
}

function names(value: unknown, what: string, maxCount: number, maxLength: number): string[] {
  const found = list(value, what, maxCount).map((item) => name(item, what, maxLength))
  distinct(found, what)
  return found
}

function address(value: unknown): string {
  const address = name(value, 'address', MAX_ADDRESS_LENGTH)
  if (!address.startsWith('/')) throw invalid('address', 'start with a slash')
  return address
}

function units(value: unknown): UnitRecord[] {
  const units = list(value, 'units', MAX_UNITS).map(unit)
  distinct(
    units.map(({ id }) => id),
    'unit ids',
  )
  return units
}

function unit(value: unknown): UnitRecord {
  const fields = fieldsOf(value, 'unit', ['id', 'totalBytes', 'freeBytes', 'outlook'], ['heldBytes'])
  const totalBytes = count(fields.totalBytes, 'totalBytes', MAX_UNIT_BYTES)
  return present({
    id: name(fields.id, 'unit id'),
    totalBytes,
    freeBytes: count(fields.freeBytes, 'freeBytes', totalBytes),
    heldBytes: optional(fields.heldBytes, (bytes) => count(bytes, 'heldBytes', MAX_UNIT_BYTES)),
    outlook: oneOf(fields.outlook, 'outlook', OUTLOOKS),
  }) as UnitRecord
}

function topology(value: unknown): Topology {
  const fields = fieldsOf(value, 'topology', [], ['rack', 'machine', 'networkPrefix'])
  return present({
    rack: optional(fields.rack, (rack) => name(rack, 'rack')),
    machine: optional(fields.machine, (machine) => name(machine, 'machine')),
    networkPrefix: optional(fields.networkPrefix, (prefix) => name(prefix, 'networkPrefix', 64)),
  }) as Topology
}

function geography(value: unknown): Geography {
  const fields = fieldsOf(value, 'geography', [], ['region', 'site', 'position'])
  return present({
    region: optional(fields.region, (region) => name(region, 'region')),
    site: optional(fields.site, (site) => name(site, 'site')),
    position: optional(fields.position, position),
  }) as Geography
}

function position(value: unknown): NonNullable<Geography['position']> {
  const fields = fieldsOf(value, 'position', ['latitudeMicroDegrees', 'longitudeMicroDegrees'])
  return {
    latitudeMicroDegrees: integer(fields.latitudeMicroDegrees, 'latitude', -90_000_000, 90_000_000),
    longitudeMicroDegrees: integer(fields.longitudeMicroDegrees, 'longitude', -180_000_000, 180_000_000),
  }
}

function unreachable(value: unknown): true {
  if (value !== true) throw invalid('unreachable', 'be true or absent')
  return value
}

function service(value: unknown): ServiceQuality {
  const fields = fieldsOf(value, 'service', ['errorPerMille', 'queueDepth', 'admission'])
  return {
    errorPerMille: perMille(fields.errorPerMille, 'errorPerMille'),
    queueDepth: count(fields.queueDepth, 'queueDepth', 1_000_000),
    admission: oneOf(fields.admission, 'admission', ADMISSIONS),
  }
}

function performance(value: unknown): Performance {
  const fields = fieldsOf(value, 'performance', [], ['read', 'write'])
  return present({ read: optional(fields.read, speed), write: optional(fields.write, speed) }) as Performance
}

function speed(value: unknown): SpeedDigest {
  const fields = fieldsOf(value, 'speed', ['bytesPerSecond', 'p50Us', 'p90Us', 'p99Us'])
  const p99Us = count(fields.p99Us, 'p99Us', MAX_LATENCY_US)
  const p90Us = count(fields.p90Us, 'p90Us', p99Us)
  return {
    bytesPerSecond: count(fields.bytesPerSecond, 'bytesPerSecond', MAX_BYTES_PER_SECOND),
    p50Us: count(fields.p50Us, 'p50Us', p90Us),
    p90Us,
    p99Us,
  }
}

/** @throws StateError RECORD_INVALID */
export function checkCoordinate(value: unknown): Coordinate {
  const fields = fieldsOf(value, 'coordinate', ['vectorUs', 'heightUs', 'errorPerMille'])
  const vectorUs = list(fields.vectorUs, 'vectorUs', DIMENSIONS)
  if (vectorUs.length !== DIMENSIONS) throw invalid('vectorUs', `have ${DIMENSIONS} numbers`)
  return {
    vectorUs: vectorUs.map((us) => integer(us, 'vectorUs', -MAX_ROUND_TRIP_US, MAX_ROUND_TRIP_US)),
    heightUs: count(fields.heightUs, 'heightUs', MAX_ROUND_TRIP_US),
    errorPerMille: count(fields.errorPerMille, 'errorPerMille', 1500),
  }
}

function links(value: unknown, peerId: string): LinkRecord[] {
  const links = list(value, 'links', MAX_LINKS).map(link)
  const peers = links.map(({ peer }) => peer)
  distinct([shortId(peerId), ...peers], 'peers of links')
  return links
}

function link(value: unknown): LinkRecord {
  const fields = fieldsOf(value, 'link', ['peer', 'roundTripUs', 'bytesPerSecond', 'failurePerMille', 'security'])
  return {
    peer: name(fields.peer, 'peer of a link', 12),
    roundTripUs: count(fields.roundTripUs, 'roundTripUs', MAX_ROUND_TRIP_US),
    bytesPerSecond: count(fields.bytesPerSecond, 'bytesPerSecond', MAX_BYTES_PER_SECOND),
    failurePerMille: perMille(fields.failurePerMille, 'failurePerMille'),
    security: oneOf(fields.security, 'security', LINK_SECURITIES),
  }
}

function summary(value: unknown): GroupSummary {
  const fields = fieldsOf(value, 'summary', ['members', 'up', 'totalBytes', 'freeBytes'])
  const members = count(fields.members, 'members', MAX_GROUP_MEMBERS)
  const totalBytes = count(fields.totalBytes, 'totalBytes')
  return {
    members,
    up: count(fields.up, 'up', members),
    totalBytes,
    freeBytes: count(fields.freeBytes, 'freeBytes', totalBytes),
  }
}
