import { StateError } from './state-error.ts'

/** One place a node stores bytes in: a disk, a partition, a directory with a quota. */
export interface UnitRecord {
  /** Visible ASCII, 1 … 128 characters, distinct within the record. */
  readonly id: string
  /** 0 … 2^48. */
  readonly totalBytes: number
  /** 0 … totalBytes. */
  readonly freeBytes: number
}

/** What a node says about itself. Only the node signs it; everybody passes it on unchanged. */
export interface MemberRecord {
  /** Text form of the peer id: visible ASCII, 1 … 128 characters. */
  readonly peerId: string
  /** Kept on disk, grows at every start of the node, so that a restarted node is newer than its former self. */
  readonly incarnation: number
  /** Starts anywhere, grows at every change and every heartbeat of one incarnation. */
  readonly version: number
  /** When the record was signed, by the node's own clock: milliseconds since the Unix epoch. */
  readonly timestampMs: number
  readonly role: Role
  /** Multiaddrs to dial the node at, at most 16 of at most 256 characters. Empty when it only dials out. */
  readonly addresses: readonly string[]
  /** At most 32; empty for a client. */
  readonly units: readonly UnitRecord[]
  /** Nodes of one domain may fail together: visible ASCII, 1 … 128 characters. The peer id when nothing is known. */
  readonly domain: string
  /** The node is being emptied: it still serves reads and wants nothing new. */
  readonly draining: boolean
}

export type Role = 'storage' | 'client'

const MAX_ADDRESSES = 16
const MAX_ADDRESS_LENGTH = 256
const MAX_NAME_LENGTH = 128
/** With {@link MAX_UNIT_BYTES} the sum over all units is at most 32 · 2^48 = 2^53: sums stay exact. */
const MAX_UNITS = 32
const MAX_UNIT_BYTES = 2 ** 48
const VISIBLE_ASCII = /^[\x21-\x7e]+$/

const MEMBER_KEYS = [
  'peerId',
  'incarnation',
  'version',
  'timestampMs',
  'role',
  'addresses',
  'units',
  'domain',
  'draining',
] as const satisfies (keyof MemberRecord)[]
const UNIT_KEYS = ['id', 'totalBytes', 'freeBytes'] as const satisfies (keyof UnitRecord)[]

/**
 * Checks every field of something that claims to be a member record, and returns it with exactly the known fields.
 * @throws StateError RECORD_INVALID
 */
export function checkMember(value: unknown): MemberRecord {
  const fields = exactFields(value, MEMBER_KEYS, 'record')
  return {
    peerId: name(fields.peerId, 'peerId'),
    incarnation: count(fields.incarnation, 'incarnation'),
    version: count(fields.version, 'version'),
    timestampMs: count(fields.timestampMs, 'timestampMs'),
    role: role(fields.role),
    addresses: list(fields.addresses, MAX_ADDRESSES, 'addresses').map(address),
    units: units(fields.units),
    domain: name(fields.domain, 'domain'),
    draining: flag(fields.draining, 'draining'),
  }
}

function units(value: unknown): UnitRecord[] {
  const units = list(value, MAX_UNITS, 'units').map(unit)
  if (new Set(units.map(({ id }) => id)).size < units.length) throw invalid('units', 'have ids of their own')
  return units
}

function unit(value: unknown): UnitRecord {
  const fields = exactFields(value, UNIT_KEYS, 'unit')
  const totalBytes = count(fields.totalBytes, 'totalBytes', MAX_UNIT_BYTES)
  return {
    id: name(fields.id, 'unit id'),
    totalBytes,
    freeBytes: count(fields.freeBytes, 'freeBytes', totalBytes),
  }
}

function exactFields<Key extends string>(value: unknown, keys: readonly Key[], what: string): Record<Key, unknown> {
  if (typeof value !== 'object' || value === null) throw invalid(what, 'be a map')
  const known: readonly string[] = keys
  const found = Object.keys(value)
  if (found.length !== keys.length || !found.every((key) => known.includes(key))) {
    throw invalid(what, `have the fields ${keys.join(', ')} and no other`)
  }
  return value as Record<Key, unknown>
}

function name(value: unknown, what: string): string {
  return text(value, MAX_NAME_LENGTH, what)
}

function address(value: unknown): string {
  const address = text(value, MAX_ADDRESS_LENGTH, 'address')
  if (!address.startsWith('/')) throw invalid('address', 'start with a slash')
  return address
}

function text(value: unknown, maxLength: number, what: string): string {
  if (typeof value !== 'string' || value.length > maxLength || !VISIBLE_ASCII.test(value)) {
    throw invalid(what, `be 1 … ${maxLength} visible ASCII characters`)
  }
  return value
}

function count(value: unknown, what: string, max = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0 || (value as number) > max) {
    throw invalid(what, `be an integer in 0 … ${max}`)
  }
  return value as number
}

function list(value: unknown, maxLength: number, what: string): unknown[] {
  if (!Array.isArray(value) || value.length > maxLength) throw invalid(what, `be a list of at most ${maxLength}`)
  return value
}

function role(value: unknown): Role {
  if (value !== 'storage' && value !== 'client') throw invalid('role', 'be storage or client')
  return value
}

function flag(value: unknown, what: string): boolean {
  if (typeof value !== 'boolean') throw invalid(what, 'be true or false')
  return value
}

function invalid(what: string, rule: string): StateError {
  return new StateError('RECORD_INVALID', `a member record's ${what} must ${rule}`)
}
