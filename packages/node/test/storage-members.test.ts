/** What placement gets to know of the members. */
import { type MemberRecord, type ServiceQuality, signRecord, type UnitRecord, View } from '@p2pstore/state'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { manualClock } from '../src/clock/manual-clock.ts'
import type { Way } from '../src/gossip/ways.ts'
import { Roll } from '../src/membership/roll.ts'
import { StorageMembers } from '../src/storage-members.ts'

const peerId = (number: number) => `12D3KooWmember${number}`.padEnd(52, `${number}`)
const gibibyte = 2 ** 30
const disk: UnitRecord = { id: 'disk', totalBytes: 4 * gibibyte, freeBytes: 3 * gibibyte, outlook: 'good' }

function recordOf(number: number, change: Partial<MemberRecord> = {}): MemberRecord {
  return {
    ...{ peerId: peerId(number), incarnation: 1, version: 1, timestampMs: 0, renewMs: 1_000, roles: ['storage'] },
    ...{
      addresses: [],
      units: [disk],
      group: 'default',
      domain: `rack-${number}`,
      tags: [],
      draining: false,
      links: [],
    },
    ...change,
  }
}

function networkOf(changes: readonly Partial<MemberRecord>[], ways: ReadonlyMap<string, Way> = new Map()) {
  const clock = manualClock()
  const view = new View({ selfId: peerId(0), verify: () => true })
  const parts = { view, clock, roll: new Roll('founder'), ways: { to: (to: string) => ways.get(to) } }
  const merge = (record: MemberRecord): void => {
    const signed = signRecord({ ...record, timestampMs: clock.nowMs() }, () => new Uint8Array(64))
    expect(view.merge([signed], { nowMs: clock.nowMs(), monotonicMs: clock.monotonicMs() }).refused).toEqual([])
  }
  for (const [number, change] of changes.entries()) merge(recordOf(number, change))
  return { clock, view, parts, merge, members: new StorageMembers(parts) }
}

const service = (change: Partial<ServiceQuality>): ServiceQuality => ({
  ...{ errorPerMille: 0, queueDepth: 0, admission: 'open' },
  ...change,
})
const speed = (p90Us: number) => ({ bytesPerSecond: 1, p50Us: 1, p90Us, p99Us: p90Us })

test('free space is a weight, used space a load, a busy node comes after all others, and a closed one not at all', () => {
  const { members } = networkOf([
    {},
    { service: service({ admission: 'busy' }) },
    { service: service({ admission: 'closed' }) },
    { draining: true },
    { roles: [] },
  ])
  const seen = members.pool.candidates.map(({ weight, load, available, domain }) => [domain, weight, load, available])
  expect(seen).toEqual([
    ['rack-0', 3 * 1024, 250, true],
    ['rack-1', 3 * 1024, 1250, true],
    ['rack-2', 3 * 1024, 250, false],
    ['rack-3', 3 * 1024, 250, false],
  ])
})

test('who claims endless room weighs no more than 32 usual nodes, and others can still be chosen', () => {
  const endless = Array.from({ length: 32 }, (_, id) => ({
    ...{ id: `${id}`, totalBytes: 2 ** 48, freeBytes: 2 ** 48, outlook: 'good' as const },
  }))
  const { members } = networkOf([{}, {}, { units: endless }, {}, { units: [{ ...disk, freeBytes: 2 ** 20 }] }])
  expect(members.pool.candidates.map(({ weight }) => weight)).toEqual([3072, 3072, 32 * 4096, 3072, 1])
  for (let shard = 0; shard < 10_000; shard++) members.notePlaced(members.pool.candidates.map(({ peerId }) => peerId))
  for (const { load = 0 } of members.pool.candidates) expect(load).toBeLessThan(Number.MAX_SAFE_INTEGER / 1_000)
})

test('a way that has just been measured counts at once', () => {
  const ways = new Map<string, Way>()
  const { members } = networkOf([{}, {}], ways)
  const wayTo = (number: number) => members.pool.candidates[number]?.roundTripMs
  expect([wayTo(0), wayTo(1)]).toEqual([undefined, undefined])
  ways.set(peerId(1), { roundTripMs: 7, isMeasured: true, lostPerMille: 0, isSecure: true })
  members.changed(peerId(1))
  expect([wayTo(0), wayTo(1)]).toEqual([undefined, 7])
})

test('a queue, slow writes and failures count against a node, and so does a unit that fails', () => {
  const { members } = networkOf([
    { service: service({ queueDepth: 30 }) },
    { performance: { write: speed(80_000) } },
    { performance: { write: speed(3_600_000_000) } },
    { service: service({ errorPerMille: 250 }) },
    { units: [disk, { ...disk, id: 'old', outlook: 'failing' }] },
  ])
  const seen = members.pool.candidates.map(({ weight, load, failingUnits }) => [weight, load, failingUnits])
  expect(seen).toEqual([
    [3 * 1024, 550, 0],
    [3 * 1024, 330, 0],
    [3 * 1024, 1250, 0],
    [(3 * 1024 * 3) / 4, 250, 0],
    [3 * 1024, 250, 1],
  ])
})

test('what this peer knows of the ways to others is what placement knows of paths', () => {
  const way = { roundTripMs: 0.7, isMeasured: true, lostPerMille: 40 }
  const ways = new Map([
    [peerId(1), { ...way, isSecure: true }],
    [peerId(2), { ...way, isSecure: false }],
  ])
  const { members } = networkOf([{}, {}, {}, {}], ways)
  const path = { roundTripUs: 700, congestionPermille: 40 }
  expect(members.pool.candidates.map((member) => member.path)).toEqual([
    undefined,
    { ...path, isSecure: true },
    { ...path, isSecure: false },
    undefined,
  ])
})

test('where a node was seen to come from counts more than what it claims', () => {
  const { view, members } = networkOf([
    {},
    { topology: { networkPrefix: '192.0.2.0/24', rack: 'r1' }, geography: { region: 'eu' } },
    { topology: { networkPrefix: '192.0.2.0/24' } },
  ])
  view.observedFrom(peerId(1), '198.51.100.0/24')
  const seen = members.pool.candidates.map(({ networkPrefix, rack, region }) => [networkPrefix, rack, region])
  expect(seen).toEqual([
    [undefined, undefined, undefined],
    ['198.51.100.0/24', 'r1', 'eu'],
    ['192.0.2.0/24', undefined, undefined],
  ])
})

test('nodes that come from one public network are one domain, whatever they claim, but not to those who look for records', async () => {
  const { clock, view, members } = networkOf([{}, {}, {}])
  const domains = () => members.pool.candidates.map(({ domain, toldDomain }) => [domain, toldDomain])
  const claimed = [0, 1, 2].map((number) => [`rack-${number}`, `rack-${number}`])
  expect(domains()).toEqual(claimed)
  const network = '198.51.100.0/24'
  for (const number of [1, 2]) view.observedFrom(peerId(number), network)
  await clock.advance(1_000)
  expect(domains()).toEqual([claimed[0], [network, 'rack-1'], [network, 'rack-2']])
})

test('shards placed there lately are a load, by the size of the node, until its own queue tells', async () => {
  const small = { ...disk, totalBytes: disk.totalBytes / 4, freeBytes: disk.freeBytes / 4 }
  const { clock, members } = networkOf([{}, {}, { units: [small] }, { units: [{ ...disk, freeBytes: 0 }] }])
  const loads = () => members.pool.candidates.map(({ load }) => load)
  expect(loads()).toEqual([250, 250, 250, 1000])
  for (let shard = 0; shard < 8; shard += 1) members.notePlaced([peerId(1), peerId(2)])
  // The mean of the four is 9/16 of a large one.
  expect(loads()).toEqual([250, 250 + 45, 250 + 180, 1000])
  await clock.advance(5_000)
  expect(loads()).toEqual([250, 250 + 22, 250 + 90, 1000])
  await clock.advance(60_000)
  expect(loads()).toEqual([250, 250, 250, 1000])
})

test('taking in changes one by one comes to the same as looking at all', () => {
  const change = fc.record({
    number: fc.nat(12),
    roles: fc.constantFrom(['storage'], ['storage'], ['storage'], []),
    domain: fc.constantFrom('rack-1', 'rack-2', 'rack-3'),
    freeBytes: fc.nat(gibibyte),
    isSeen: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const { members, parts, view, merge } = networkOf([{}, {}, {}])
      for (const [i, { number, roles, domain, freeBytes, isSeen }] of changes.entries()) {
        merge(recordOf(number, { version: i + 2, roles, domain, units: [{ ...disk, freeBytes }] }))
        if (isSeen) expect(members.pool).toEqual(new StorageMembers(parts).pool)
        view.failed(peerId(number), 0)
      }
      expect(members.pool).toEqual(new StorageMembers(parts).pool)
    }),
  )
})
