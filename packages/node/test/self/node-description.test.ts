import { openRecord, signRecord, type UnitRecord } from '@p2pstore/state'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { manualClock } from '../../src/clock/manual-clock.ts'
import { NodeDescription } from '../../src/self/node-description.ts'
import { ServiceMeter } from '../../src/self/service-meter.ts'
import type { Whereabouts } from '../../src/self/whereabouts.ts'

const peerId = '12D3KooWsomebody'
const mebibyte = 2 ** 20
const unit = (freeBytes: number): UnitRecord => ({ id: 'disk', totalBytes: 2 ** 40, freeBytes, outlook: 'good' })

function describing(whereabouts: Whereabouts, more: { units?: () => UnitRecord[]; addresses?: string[] } = {}) {
  return new NodeDescription({
    peerId,
    addresses: () => more.addresses ?? [],
    units: more.units ?? (() => [unit(2 ** 39)]),
    service: new ServiceMeter(manualClock()),
    whereabouts,
  })
}

const name = fc.stringMatching(/^[\x21-\x7e]{1,128}$/)
const whereabouts: fc.Arbitrary<Whereabouts> = fc.record(
  {
    ...{ domain: name, region: name, site: name, rack: name, machine: name },
    position: fc.record({
      latitude: fc.double({ min: -90, max: 90, noNaN: true }),
      longitude: fc.double({ min: -180, max: 180, noNaN: true }),
    }),
    tags: fc.uniqueArray(fc.stringMatching(/^[\x21-\x7e]{1,64}$/), { maxLength: 16 }),
  },
  { requiredKeys: [] },
)

test('wherever a node says it is, others can read its record', () => {
  fc.assert(
    fc.property(whereabouts, (given) => {
      const own = describing(given, { addresses: ['/ip4/192.0.2.9/tcp/7420'] }).describe()
      const rest = { incarnation: 1, version: 1, timestampMs: 1, renewMs: 1_000, group: 'default', links: [] }
      const { record } = openRecord(signRecord({ ...own, ...rest }, () => new Uint8Array(64)))
      expect(record.tags).toEqual(given.tags ?? [])
      expect(record.geography?.region).toBe(given.region)
      expect(record.topology?.rack).toBe(given.rack)
      expect(record.topology?.networkPrefix).toBe('192.0.2.0/24')
    }),
  )
})

test.each<[string, Whereabouts, string]>([
  ['what it is told', { domain: 'cellar', rack: 'r1', machine: 'm1' }, 'cellar'],
  ['its rack, by site', { site: 'attic', rack: 'r1', machine: 'm1' }, 'attic/r1'],
  ['its rack', { rack: 'r1', machine: 'm1' }, 'r1'],
  ['its machine', { site: 'attic', machine: 'm1' }, 'm1'],
  ['itself', { site: 'attic', region: 'eu' }, peerId],
])('the domain that a node claims is %s', (_, given, domain) => {
  expect(describing(given).describe().domain).toBe(domain)
})

test.each<[string, Whereabouts]>([
  ['a name with a space', { region: 'old europe' }],
  ['an empty name', { rack: '' }],
  ['a name that is too long', { domain: 'x'.repeat(129) }],
  ['a tag that is too long', { tags: ['x'.repeat(65)] }],
  ['a tag twice', { tags: ['ssd', 'ssd'] }],
  ['too many tags', { tags: Array.from({ length: 17 }, (_, i) => `${i}`) }],
  ['a latitude beyond the pole', { position: { latitude: 91, longitude: 0 } }],
  ['no number', { position: { latitude: 0, longitude: Number.NaN } }],
])('%s is refused', (_, given) => {
  expect(() => describing(given)).toThrow(RangeError)
})

describe('the network it sees itself in', () => {
  test.each([
    [['/ip4/127.0.0.1/tcp/1', '/ip4/192.0.2.9/tcp/1'], '192.0.2.0/24'],
    [['/ip6/::1/tcp/1', '/ip6/2001:db8:7::1/tcp/1'], '2001:db8:7::/48'],
    [['/ip4/127.0.0.1/tcp/1'], '127.0.0.0/24'],
    [['/memory/p2p/x'], undefined],
  ])('of %j is %s', (addresses, prefix) => {
    expect(describing({}, { addresses }).describe().topology?.networkPrefix).toBe(prefix)
  })
})

test('a node without room for a shard is closed, and open again when there is room for more than one', () => {
  let freeBytes = mebibyte
  const own = describing({}, { units: () => [unit(0), { ...unit(freeBytes), id: 'other' }] })
  const admission = () => own.describe().service?.admission
  expect(admission()).toBe('open')
  freeBytes = mebibyte - 1
  expect(admission()).toBe('closed')
  freeBytes = 15 * mebibyte
  expect(admission()).toBe('closed')
  freeBytes = 16 * mebibyte
  expect(admission()).toBe('open')
})
