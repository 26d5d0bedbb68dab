import { encode } from 'cborg'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MemberRecord } from '../src/member.ts'
import { openRecord, signRecord } from '../src/signed-record.ts'
import { StateError } from '../src/state-error.ts'
import { EPOCH_MS, recordOf, signed } from './network.ts'

const names = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 128,
})
const counters = fc.maxSafeNat()
const units = fc
  .record({
    id: names,
    totalBytes: fc.integer({ min: 0, max: 2 ** 48 }),
    usedShare: fc.integer({ min: 0, max: 8 }),
    outlook: fc.constantFrom('good' as const, 'worn' as const, 'failing' as const),
  })
  .map(({ usedShare, ...unit }) => ({
    ...unit,
    freeBytes: unit.totalBytes - Math.floor((unit.totalBytes / 8) * usedShare),
  }))
const rate = fc.integer({ min: 0, max: 1e12 })
const speeds = fc
  .tuple(rate, fc.array(fc.nat(3_600_000_000), { minLength: 3, maxLength: 3 }))
  .map(([bytesPerSecond, latencies]) => {
    const [p50Us, p90Us, p99Us] = latencies.sort((a, b) => a - b) as [number, number, number]
    return { bytesPerSecond, p50Us, p90Us, p99Us }
  })
const short = fc.string({ unit: fc.constantFrom(...'abcdefgh'), minLength: 12, maxLength: 12 })
const links = fc.record({
  peer: short,
  roundTripUs: fc.nat(60_000_000),
  bytesPerSecond: rate,
  failurePerMille: fc.nat(1000),
  security: fc.constantFrom('secure' as const, 'local' as const, 'plain' as const),
})
const always = {
  peerId: names.map((name) => `${name}!`.slice(-128)),
  incarnation: counters,
  version: counters,
  timestampMs: fc.integer({ min: 0, max: EPOCH_MS }),
  renewMs: fc.integer({ min: 1_000, max: 3_600_000 }),
  roles: fc.uniqueArray(fc.constantFrom('storage', 'gateway', 'volume'), { maxLength: 3 }),
  addresses: fc.array(
    names.map((name) => `/${name}`),
    { maxLength: 16 },
  ),
  units: fc.uniqueArray(units, { selector: ({ id }) => id, maxLength: 32 }),
  group: names,
  domain: names,
  tags: fc.uniqueArray(fc.constantFrom('ssd', 'owner=lab', 'quiet'), { maxLength: 3 }),
  draining: fc.boolean(),
  links: fc.uniqueArray(links, { selector: ({ peer }) => peer, maxLength: 16 }),
}
const sometimes = {
  topology: fc.record({ rack: names, machine: names, networkPrefix: short }, { requiredKeys: [] }),
  geography: fc.record(
    {
      region: names,
      site: names,
      position: fc.record({
        latitudeMicroDegrees: fc.integer({ min: -90_000_000, max: 90_000_000 }),
        longitudeMicroDegrees: fc.integer({ min: -180_000_000, max: 180_000_000 }),
      }),
    },
    { requiredKeys: [] },
  ),
  service: fc.record({
    errorPerMille: fc.nat(1000),
    queueDepth: fc.nat(1_000_000),
    admission: fc.constantFrom('open' as const, 'busy' as const, 'closed' as const),
  }),
  performance: fc.record({ read: speeds, write: speeds }, { requiredKeys: [] }),
  coordinate: fc.record({
    vectorUs: fc.array(fc.integer({ min: -60_000_000, max: 60_000_000 }), { minLength: 8, maxLength: 8 }),
    heightUs: fc.nat(60_000_000),
    errorPerMille: fc.nat(1500),
  }),
  summary: fc
    .tuple(fc.nat(1000), fc.nat(1000), fc.maxSafeNat(), fc.integer({ min: 1, max: 9 }))
    .map(([up, more, totalBytes, share]) => ({
      members: up + more,
      up,
      totalBytes,
      freeBytes: Math.floor(totalBytes / share),
    })),
}
const records = fc.record(
  { ...always, ...sometimes },
  { requiredKeys: Object.keys(always) as (keyof typeof always)[] },
) as fc.Arbitrary<MemberRecord>

function codeOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof StateError) return error.code
    throw error
  }
  return 'none'
}

function readContent(content: unknown): MemberRecord {
  return openRecord({ payload: encode(content), signature: Uint8Array.of(1) }).record
}

test('what is signed is what is read', () => {
  fc.assert(
    fc.property(records, (record) => {
      expect(openRecord(signed(record)).record).toEqual(record)
    }),
  )
})

test('the largest record fits', () => {
  const long = 'x'.repeat(125)
  const speed = { bytesPerSecond: 1e12, p50Us: 3_600_000_000, p90Us: 3_600_000_000, p99Us: 3_600_000_000 }
  const record = recordOf(long, {
    incarnation: Number.MAX_SAFE_INTEGER,
    version: Number.MAX_SAFE_INTEGER,
    roles: Array.from({ length: 8 }, (_, i) => `${i}${'x'.repeat(31)}`),
    addresses: new Array(16).fill(`/${'x'.repeat(255)}`),
    units: Array.from({ length: 32 }, (_, i) => ({
      id: `${i + 100}${long}`,
      totalBytes: 2 ** 48,
      freeBytes: 2 ** 48,
      outlook: 'failing',
    })),
    group: long,
    domain: long,
    topology: { rack: long, machine: long, networkPrefix: 'x'.repeat(64) },
    geography: {
      region: long,
      site: long,
      position: { latitudeMicroDegrees: -90_000_000, longitudeMicroDegrees: -180_000_000 },
    },
    tags: Array.from({ length: 16 }, (_, i) => `${i + 10}${'x'.repeat(62)}`),
    service: { errorPerMille: 1000, queueDepth: 1_000_000, admission: 'closed' },
    performance: { read: speed, write: speed },
    coordinate: { vectorUs: new Array(8).fill(-60_000_000), heightUs: 60_000_000, errorPerMille: 1500 },
    links: Array.from({ length: 16 }, (_, i) => ({
      peer: `${i + 10}${'x'.repeat(10)}`,
      roundTripUs: 60_000_000,
      bytesPerSecond: 1e12,
      failurePerMille: 1000,
      security: 'secure',
    })),
    summary: {
      members: 2 ** 20,
      up: 2 ** 20,
      totalBytes: Number.MAX_SAFE_INTEGER,
      freeBytes: Number.MAX_SAFE_INTEGER,
    },
  })
  expect(openRecord(signed(record)).record).toEqual(record)
})

test('a known record has these bytes', () => {
  const { payload } = signRecord(recordOf('peer'), () => Uint8Array.of(1))
  const golden = [
    '82 71 70327073746f72652f6d656d6265722f32', // the magic
    'ad 64 74616773 80', // tags
    '65 67726f7570 67 64656661756c74', // group
    '65 6c696e6b73 80', // links
    '65 726f6c6573 81 67 73746f72616765', // roles
    '65 756e697473 81 a4 62 6964 64 6469736b 67 6f75746c6f6f6b 64 676f6f64', // units: id, outlook
    '69 667265654279746573 1a 00061a80 6a 746f74616c4279746573 1a 000f4240', // freeBytes, totalBytes
    '66 646f6d61696e 64 70656572', // domain
    '66 706565724964 64 70656572', // peerId
    '67 72656e65774d73 19 03e8', // renewMs
    '67 76657273696f6e 01', // version
    '68 647261696e696e67 f4', // draining
    '69 616464726573736573 81 781f 2f6970342f31302e302e302e312f7463702f343030312f7032702f70656572', // addresses
    '6b 696e6361726e6174696f6e 01', // incarnation
    '6b 74696d657374616d704d73 1b 0000018bcfe56800', // timestampMs
  ]
  expect(Buffer.from(payload).toString('hex')).toBe(golden.join('').replaceAll(' ', ''))
})

describe('a record is refused', () => {
  const good = { ...recordOf('peer') }
  const unit = { id: 'disk', totalBytes: 10, freeBytes: 5, outlook: 'good' }
  const speed = { bytesPerSecond: 1, p50Us: 1, p90Us: 2, p99Us: 2 }
  const coordinate = { vectorUs: new Array(8).fill(0), heightUs: 0, errorPerMille: 0 }
  const link = { peer: 'other', roundTripUs: 1, bytesPerSecond: 1, failurePerMille: 0, security: 'secure' }
  const wrong: [what: string, change: Record<string, unknown>][] = [
    ['with an extra field', { extra: 1 }],
    ['with an empty peer id', { peerId: '' }],
    ['with a peer id that is too long', { peerId: 'x'.repeat(129) }],
    ['with a peer id that is no visible ASCII', { peerId: 'a b' }],
    ['with a number for a peer id', { peerId: 7 }],
    ['with a negative incarnation', { incarnation: -1 }],
    ['with a broken version', { version: 1.5 }],
    ['with a version that is no number', { version: Number.NaN }],
    ['with an endless version', { version: Number.POSITIVE_INFINITY }],
    ['with a version beyond exact integers', { version: 2n ** 63n }],
    ['with text for a version', { version: '1' }],
    ['with a role twice', { roles: ['storage', 'storage'] }],
    ['with too many addresses', { addresses: new Array(17).fill('/ip4/10.0.0.1') }],
    ['with an address that is too long', { addresses: [`/${'x'.repeat(256)}`] }],
    ['with an address that is no multiaddr', { addresses: ['10.0.0.1:80'] }],
    ['with addresses that are no list', { addresses: { length: 0 } }],
    ['with too many units', { units: Array.from({ length: 33 }, (_, i) => ({ ...unit, id: `${i}` })) }],
    ['with two units of one id', { units: [unit, unit] }],
    ['with a unit that has more free than it has', { units: [{ ...unit, freeBytes: 11 }] }],
    ['with an absurd unit', { units: [{ ...unit, totalBytes: 2 ** 48 + 1 }] }],
    ['with an extra field in a unit', { units: [{ ...unit, speed: 1 }] }],
    ['with a unit that is null', { units: [null] }],
    ['with an empty domain', { domain: '' }],
    ['with a number for a flag', { draining: 1 }],
    ['renewed too seldom', { renewMs: 3_600_001 }],
    ['with an unknown outlook of a unit', { units: [{ ...unit, outlook: 'fine' }] }],
    ['with too many tags', { tags: Array.from({ length: 17 }, (_, i) => `t${i}`) }],
    ['with a fraction for an error rate', { service: { errorPerMille: 0.5, queueDepth: 0, admission: 'open' } }],
    ['with an absurd queue', { service: { errorPerMille: 0, queueDepth: 1e9, admission: 'open' } }],
    ['with latencies that fall', { performance: { read: { ...speed, p50Us: 3 }, write: speed } }],
    ['with a speed beyond reason', { performance: { read: { ...speed, bytesPerSecond: 1e13 }, write: speed } }],
    [
      'with a place off the Earth',
      { geography: { position: { latitudeMicroDegrees: 9e7 + 1, longitudeMicroDegrees: 0 } } },
    ],
    ['with a coordinate of 7 numbers', { coordinate: { ...coordinate, vectorUs: new Array(7).fill(0) } }],
    ['with a coordinate that is no number', { coordinate: { ...coordinate, vectorUs: new Array(8).fill(Number.NaN) } }],
    [
      'with an endless coordinate',
      { coordinate: { ...coordinate, vectorUs: new Array(8).fill(Number.POSITIVE_INFINITY) } },
    ],
    ['with a coordinate beyond a minute', { coordinate: { ...coordinate, heightUs: 60_000_001 } }],
    ['with too many links', { links: Array.from({ length: 17 }, (_, i) => ({ ...link, peer: `p${i}` })) }],
    ['with a link to itself', { links: [{ ...link, peer: 'peer' }] }],
    ['with two links to one peer', { links: [link, link] }],
    ['with a link slower than a minute', { links: [{ ...link, roundTripUs: 60_000_001 }] }],
    ['with a link of unknown security', { links: [{ ...link, security: 'quantum' }] }],
    ['with more up than there are', { summary: { members: 1, up: 2, totalBytes: 0, freeBytes: 0 } }],
    ['with null for what may be missing', { topology: null }],
  ]

  test.each(wrong)('%s', (_, change) => {
    expect(codeOf(() => readContent(['p2pstore/member/2', { ...good, ...change }]))).toBe('RECORD_INVALID')
  })

  test('without one of its fields', () => {
    for (const key of Object.keys(good)) {
      const rest = Object.fromEntries(Object.entries(good).filter(([name]) => name !== key))
      expect(codeOf(() => readContent(['p2pstore/member/2', rest]))).toBe('RECORD_INVALID')
    }
  })

  test('whose optional fields are there without a value', () => {
    for (const key of ['topology', 'geography', 'service', 'performance', 'coordinate', 'summary']) {
      expect(codeOf(() => readContent(['p2pstore/member/2', { ...good, [key]: null }]))).toBe('RECORD_INVALID')
    }
  })

  test('of another format', () => {
    for (const content of [good, [], [good], ['p2pstore/member/1', good], ['p2pstore/member/2', good, 1], null, 7]) {
      expect(codeOf(() => readContent(content))).toBe('RECORD_INVALID')
    }
  })

  test('with too many bytes, or none', () => {
    const payload = signed(recordOf('peer')).payload
    const signature = Uint8Array.of(1)
    for (const bad of [
      { payload: new Uint8Array(16 * 1024 + 1), signature },
      { payload: new Uint8Array(0), signature },
      { payload, signature: new Uint8Array(129) },
      { payload, signature: new Uint8Array(0) },
      { payload: 'text' as never, signature },
    ]) {
      expect(codeOf(() => openRecord(bad))).toBe('RECORD_INVALID')
    }
  })

  test('nested so deep that it would exhaust a stack', () => {
    const payload = new Uint8Array(16 * 1024).fill(0x81)
    expect(codeOf(() => openRecord({ payload, signature: Uint8Array.of(1) }))).toBe('RECORD_INVALID')
  })

  test('by its own signer too', () => {
    expect(codeOf(() => signed(recordOf('', {})))).toBe('RECORD_INVALID')
  })
})

test('any bytes give a record within its rules or RECORD_INVALID, never another error', () => {
  const payload = signed(recordOf('peer')).payload
  const mutations = fc
    .array(fc.tuple(fc.nat(payload.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 })
    .map((changes) => {
      const mutated = payload.slice()
      for (const [at, byte] of changes) mutated[at] = byte
      return mutated
    })
  fc.assert(
    fc.property(fc.oneof(mutations, fc.uint8Array({ maxLength: 64 })), (bytes) => {
      const code = codeOf(() => signed(openRecord({ payload: bytes, signature: Uint8Array.of(1) }).record))
      expect(['none', 'RECORD_INVALID']).toContain(code)
    }),
    { numRuns: 2_000 },
  )
})
