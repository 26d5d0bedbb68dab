import { expect, test } from 'vitest'
import { assertInTable, assertMayAnswer, assertMayAsk } from '../../src/membership/permissions.ts'
import { roles } from '../../src/membership/role.ts'
import { allMessages } from '../../src/messages/all-messages.ts'
import { shardId } from '../../src/object/shard-id.ts'

/** By method: who may ask, who may be asked, each as the initials of roles in the order storage, gateway, client, verifier. */
const expected: Record<string, readonly [string, string]> = {
  'shard.put': ['sgc', 's'],
  'shard.forward': ['sgc', 's'],
  'location.put': ['sgc', 's'],
  'shard.get': ['sgc', 's'],
  'shards.put': ['sgc', 's'],
  'shards.get': ['sgc', 's'],
  'shard.stat': ['sgcv', 's'],
  'shard.check': ['sgcv', 's'],
  'shard.delete': ['sgc', 's'],
  'unit.list': ['sgc', 's'],
  'unit.add': ['sgc', 's'],
  'unit.remove': ['sgc', 's'],
  'unit.resize': ['sgc', 's'],
  'node.drain': ['sgc', 's'],
  'scrub.show': ['sgc', 's'],
  'scrub.hurry': ['sgc', 's'],
  'rebalance.show': ['sgc', 's'],
  'rebalance.begin': ['sgc', 's'],
  'rebalance.stop': ['sgc', 's'],
  'state.compare': ['sgcv', 'sgcv'],
  'state.swap': ['sgcv', 'sgcv'],
  'state.tell': ['sgcv', 'sgcv'],
  'state.ping': ['sgcv', 'sgcv'],
  'state.ask': ['sgcv', 'sgcv'],
  'members.compare': ['sgcv', 'sgcv'],
  'members.swap': ['sgcv', 'sgcv'],
  'reach.try': ['s', 's'],
}

const allowed = (check: (role: string) => void): string =>
  [...roles, 'authority', 'constructor', '']
    .filter((role) => {
      try {
        check(role)
        return true
      } catch (error) {
        expect(error).toMatchObject({ name: 'MembershipError', code: 'NOT_PERMITTED' })
        return false
      }
    })
    .map((role) => role[0])
    .join('')

test('every message is in the table of this test', () => {
  expect(allMessages.map(({ method }) => method).sort()).toEqual(Object.keys(expected).sort())
})

test.each(Object.entries(expected))('%s may be asked by %j', (method, [askers, answerers]) => {
  expect(allowed((role) => assertMayAsk(role, method, {}))).toBe(askers)
  expect(allowed((role) => assertMayAnswer(role, method))).toBe(answerers)
})

test.each(['shard.steal', 'constructor', '__proto__', ''])('the method %j is nobody’s', (method) => {
  expect(allowed((role) => assertMayAsk(role, method, {}))).toBe('')
  expect(allowed((role) => assertMayAnswer(role, method))).toBe('')
})

test('a peer with a handler that is not in the table is never put together', () => {
  expect(() => assertInTable(Object.keys(expected))).not.toThrow()
  expect(() => assertInTable(['shard.get', 'shard.steal'])).toThrow(TypeError)
})

test('a verifier gets manifests and pages, never a shard or what it does not know', () => {
  const objectId = new Uint8Array(16)
  const mayGet = (id: unknown): boolean => allowed((role) => assertMayAsk(role, 'shard.get', { id })).includes('v')
  for (const kind of ['manifest', 'hashPage', 'locationPage'] as const)
    expect(mayGet(shardId(objectId, kind))).toBe(true)
  const unknown = shardId(objectId, 'manifest')
  unknown[16] = 9
  for (const id of [shardId(objectId, 'shard', 3, 1), unknown, new Uint8Array(23), 'id', undefined, null]) {
    expect(mayGet(id)).toBe(false)
  }
})

test('many at a time a verifier gets when each is one that it may get', () => {
  const ids = (['manifest', 'hashPage', 'locationPage'] as const).map((kind) => shardId(new Uint8Array(16), kind))
  const mayGet = (head: unknown): boolean => allowed((role) => assertMayAsk(role, 'shards.get', head)).includes('v')
  expect(mayGet({ ids })).toBe(true)
  for (const bad of [shardId(new Uint8Array(16), 'shard'), 'id', undefined]) {
    expect(mayGet({ ids: [...ids, bad] })).toBe(false)
  }
  for (const head of [{ id: ids[0] }, { ids: ids[0] }, {}, null, undefined]) expect(mayGet(head)).toBe(false)
})
