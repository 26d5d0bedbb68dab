import type { StorageMember } from '@p2pstore/node'
import { expect, test } from 'vitest'
import { parseWhere } from '../src/where.ts'

const service = { errorPerMille: 5, queueDepth: 3, admission: 'open' } as const
const told: Partial<StorageMember> = {
  ...{ peerId: 'p', group: 'lan', domain: 'rack-1', region: 'eu', tags: ['ssd', 'owner=lab'], service },
  ...{ freeBytes: 2 ** 30, totalBytes: 2 ** 32, roundTripMs: 20, networkPrefix: '192.0.2.0/24' },
}
const untold: Partial<StorageMember> = { peerId: 'q', tags: [], freeBytes: 0, totalBytes: 0 }
const holds = (texts: readonly string[], member: Partial<StorageMember>) => parseWhere(texts)(member as StorageMember)

test.each([
  ['region=eu', true, false],
  ['region!=eu', false, true],
  ['site=eu', false, false],
  ['tag=ssd', true, false],
  ['tag=owner=lab', true, false],
  ['tag!=ssd', false, true],
  ['group=lan', true, false],
  ['domain!=rack-1', false, true],
  ['network=192.0.2.0/24', true, false],
  ['node=p', true, false],
  ['latency<50ms', true, false],
  ['latency>50ms', false, false],
  ['free>1000MiB', true, false],
  ['free<1GiB', false, true],
  ['errors<1%', true, false],
  ['errors<0.5%', false, false],
  ['used>70%', true, false],
  ['queue<4', true, false],
])('%s holds for one that tells: %s, for one that does not: %s', (text, forTold, forUntold) => {
  expect([holds([text], told), holds([text], untold)]).toEqual([forTold, forUntold])
})

test('all of several must hold, and none at all always do', () => {
  expect(holds([], untold)).toBe(true)
  expect(holds(['region=eu', 'latency<50ms'], told)).toBe(true)
  expect(holds(['region=eu', 'latency<5ms'], told)).toBe(false)
})

test.each([
  '',
  'region',
  'region=',
  '=eu',
  'region<eu',
  'free=1GiB',
  'free>much',
  'latency<50',
  'errors<1',
  'queue<-1',
  'constructor=x',
  'colour=red',
])('%j is no condition', (text) => {
  expect(() => parseWhere([text])).toThrow(RangeError)
})
