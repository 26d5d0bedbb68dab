import { expect, test } from 'vitest'
import { LinkMeter } from '../../src/gossip/link-meter.ts'
import { observedPrefix } from '../../src/gossip/observed-prefix.ts'

const answered = { peerId: 'a', method: 'shard.get', elapsedMs: 100, bytes: 100_000, outcome: 'answered' as const }

test('measures round trips, speed and losses of what goes over a link anyway', () => {
  const meter = new LinkMeter()
  meter.connected('a', '/ip4/192.0.2.1/tcp/7420', 0)
  expect(meter.links(0)).toEqual([])
  for (let i = 0; i < 100; i++) meter.roundTrip('a', i < 50 ? 10 : 20, i)
  meter.called(answered, 100)
  meter.called({ ...answered, bytes: 10, elapsedMs: 1 }, 100)
  meter.called({ ...answered, outcome: 'undelivered' }, 100)
  meter.called({ ...answered, outcome: 'unsent' }, 100)
  const [link] = meter.links(100)
  expect(link).toMatchObject({ peer: 'a', bytesPerSecond: 1_000_000, failurePerMille: 125, security: 'secure' })
  expect(link!.roundTripUs).toBeGreaterThan(19_900)
  expect(link!.roundTripUs).toBeLessThanOrEqual(20_000)
  expect(meter.linkTo('a', 100)?.roundTripMs).toBeCloseTo(20, 0)
})

test('tells of the sixteen used most lately, and forgets what is not used', () => {
  const meter = new LinkMeter()
  for (let peer = 0; peer < 40; peer++) {
    for (let i = 0; i <= peer; i++) meter.roundTrip(`peer-${peer}`, 5, 0)
  }
  expect(meter.links(0).map(({ peer }) => peer)).toEqual(Array.from({ length: 16 }, (_, i) => `peer-${39 - i}`))
  meter.roundTrip('peer-0', 5, 600_000)
  expect(meter.links(600_001).map(({ peer }) => peer)).toEqual(['peer-0'])
  expect(meter.linkTo('peer-39', 600_001)).toBeUndefined()
})

test.each([[Number.NaN], [-1], [60_001], [Number.POSITIVE_INFINITY]])('a round trip of %d ms is none', (ms) => {
  const meter = new LinkMeter()
  meter.roundTrip('a', ms, 0)
  expect(meter.links(0)).toEqual([])
})

test('a first round trip that waited for a connection is soon forgotten, later ones are smoothed', () => {
  const meter = new LinkMeter()
  for (const roundTripMs of [180, 3, 2, 4]) meter.roundTrip('a', roundTripMs, 0)
  expect(meter.linkTo('a', 0)?.roundTripMs).toBe(2)
  meter.roundTrip('a', 10, 0)
  expect(meter.linkTo('a', 0)?.roundTripMs).toBe(3)
})

test('keeps bounded room', () => {
  const meter = new LinkMeter()
  for (let i = 0; i < 2_000; i++) meter.roundTrip(`peer-${i}`, 5, 0)
  expect(meter.linkTo('peer-1023', 0)?.roundTripMs).toBe(5)
  expect(meter.linkTo('peer-1024', 0)).toBeUndefined()
})

test.each([
  ['/ip4/192.0.2.77/tcp/7420', '192.0.2.0/24'],
  ['/ip6/2001:db8:1:2::5/tcp/7420', '2001:db8:1::/48'],
  ['/ip6/2001:db8::5/tcp/7420', '2001:db8:0::/48'],
  ['/ip6/::1/tcp/7420', '0:0:0::/48'],
  ['/dns4/example.org/tcp/7420', undefined],
  ['/memory', undefined],
  ['/ip4/192.0.2.77/tcp/7420/p2p/12D3relay/p2p-circuit', undefined],
])('%s comes from %s', (address, prefix) => {
  expect(observedPrefix(address)).toBe(prefix)
})
