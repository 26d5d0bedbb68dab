/**
 * Who may ask for what, and whom one may ask: the whole of what roles mean, in one table. Both ends go by it: a node answers
 * only who may ask, and a writer hands shards only to those whose certificate makes them storage nodes, whatever they say of
 * themselves. What is not in the table is forbidden.
 */
import { parseShardId } from '../object/shard-id.ts'
import { shardIdBytes } from '../ports/shard-store.ts'
import { MembershipError } from './membership-error.ts'
import { type Role, roles } from './role.ts'

interface Permission {
  /** Who may ask. */
  readonly askers: readonly Role[]
  /** Who may be asked. */
  readonly answerers: readonly Role[]
  /** What those who are not askers may ask for all the same, by the head of the request. */
  readonly exception?: (head: unknown) => boolean
}

const all = roles
const writers = ['storage', 'gateway', 'client'] as const
const storage = ['storage'] as const

const permissions: Readonly<Record<string, Permission>> = {
  'shard.put': { askers: writers, answerers: storage },
  'shard.forward': { askers: writers, answerers: storage },
  'location.put': { askers: writers, answerers: storage },
  // A verifier needs manifests, and pages of hashes and locations; the bytes of objects are not for it, except small ones that
  // lie in their manifests, sealed.
  'shard.get': { askers: writers, answerers: storage, exception: isRecordRequest },
  'shards.put': { askers: writers, answerers: storage },
  'shards.get': { askers: writers, answerers: storage, exception: isRecordsRequest },
  'shard.stat': { askers: all, answerers: storage },
  'shard.check': { askers: all, answerers: storage },
  'shard.delete': { askers: writers, answerers: storage },
  // Of these, a node takes commands from its own operator only: see serve/serve-control.ts.
  'unit.list': { askers: writers, answerers: storage },
  'unit.add': { askers: writers, answerers: storage },
  'unit.remove': { askers: writers, answerers: storage },
  'unit.resize': { askers: writers, answerers: storage },
  'node.drain': { askers: writers, answerers: storage },
  'scrub.show': { askers: writers, answerers: storage },
  'scrub.hurry': { askers: writers, answerers: storage },
  'rebalance.show': { askers: writers, answerers: storage },
  'rebalance.begin': { askers: writers, answerers: storage },
  'rebalance.stop': { askers: writers, answerers: storage },
  'state.compare': { askers: all, answerers: all },
  'state.swap': { askers: all, answerers: all },
  'state.tell': { askers: all, answerers: all },
  'state.ping': { askers: all, answerers: all },
  'state.ask': { askers: all, answerers: all },
  'members.compare': { askers: all, answerers: all },
  'members.swap': { askers: all, answerers: all },
  'reach.try': { askers: storage, answerers: storage },
}

/** Fails where a peer is put together: a message that nobody may ask for answers nobody. @throws TypeError */
export function assertInTable(methods: Iterable<string>): void {
  for (const method of methods) {
    if (permissionFor(method) === undefined)
      throw new TypeError(`permissions.ts does not say who may ask for ${method}`)
  }
}

/** @throws MembershipError NOT_PERMITTED */
export function assertMayAsk(role: string, method: string, head: unknown): void {
  const permission = permissionFor(method)
  if (permission !== undefined && (isAmong(role, permission.askers) || permission.exception?.(head))) return
  throw new MembershipError('NOT_PERMITTED', `a member in the role of ${role} may not ask for ${method}`)
}

/** @throws MembershipError NOT_PERMITTED */
export function assertMayAnswer(role: string, method: string): void {
  const permission = permissionFor(method)
  if (permission !== undefined && isAmong(role, permission.answerers)) return
  throw new MembershipError('NOT_PERMITTED', `a member in the role of ${role} does not do ${method} for others`)
}

function permissionFor(method: string): Permission | undefined {
  return Object.hasOwn(permissions, method) ? permissions[method] : undefined
}

function isAmong(role: string, allowed: readonly string[]): boolean {
  return allowed.includes(role)
}

function isRecordRequest(head: unknown): boolean {
  return typeof head === 'object' && head !== null && 'id' in head && isRecordId(head.id)
}

function isRecordsRequest(head: unknown): boolean {
  const ids = typeof head === 'object' && head !== null && 'ids' in head ? head.ids : undefined
  return Array.isArray(ids) && ids.every(isRecordId)
}

function isRecordId(id: unknown): boolean {
  if (!(id instanceof Uint8Array) || id.length !== shardIdBytes) return false
  const { kind } = parseShardId(id)
  return kind !== undefined && kind !== 'shard'
}
