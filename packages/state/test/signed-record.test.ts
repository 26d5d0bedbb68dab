import { encode } from 'cborg'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MemberRecord } from '../src/member.ts'
import { readRecord, signRecord } from '../src/signed-record.ts'
import { StateError } from '../src/state-error.ts'
import { EPOCH_MS, recordOf, signed } from './network.ts'

const names = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 128,
})
const counters = fc.maxSafeNat()
const units = fc
  .record({ id: names, totalBytes: fc.integer({ min: 0, max: 2 ** 48 }), usedShare: fc.integer({ min: 0, max: 8 }) })
  .map(({ id, totalBytes, usedShare }) => ({
    id,
    totalBytes,
    freeBytes: totalBytes - Math.floor((totalBytes / 8) * usedShare),
  }))
const records: fc.Arbitrary<MemberRecord> = fc.record({
  peerId: names,
  incarnation: counters,
  version: counters,
  timestampMs: fc.integer({ min: 0, max: EPOCH_MS }),
  role: fc.constantFrom('storage' as const, 'client' as const),
  addresses: fc.array(
    names.map((name) => `/${name}`),
    { maxLength: 16 },
  ),
  units: fc.uniqueArray(units, { selector: ({ id }) => id, maxLength: 32 }),
  domain: names,
  draining: fc.boolean(),
})

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
  return readRecord({ payload: encode(content), signature: Uint8Array.of(1) }, EPOCH_MS)
}

test('what is signed is what is read', () => {
  fc.assert(
    fc.property(records, (record) => {
      expect(readRecord(signed(record), EPOCH_MS)).toEqual(record)
    }),
  )
})

test('the largest record fits', () => {
  const long = 'x'.repeat(125)
  const record = recordOf(long, {
    incarnation: Number.MAX_SAFE_INTEGER,
    version: Number.MAX_SAFE_INTEGER,
    addresses: new Array(16).fill(`/${'x'.repeat(255)}`),
    units: Array.from({ length: 32 }, (_, i) => ({ id: `${i + 100}${long}`, totalBytes: 2 ** 48, freeBytes: 2 ** 48 })),
    domain: long,
  })
  expect(readRecord(signed(record), EPOCH_MS)).toEqual(record)
})

test('a known record has these bytes', () => {
  const { payload } = signRecord(recordOf('peer'), () => Uint8Array.of(1))
  const golden = [
    '82 71 70327073746f72652f6d656d6265722f31', // the magic
    'a9 64 726f6c65 67 73746f72616765', // role
    '65 756e697473 81 a3 62 6964 64 6469736b 69 667265654279746573 1a 00061a80', // units: id, freeBytes
    '6a 746f74616c4279746573 1a 000f4240', // totalBytes
    '66 646f6d61696e 64 70656572', // domain
    '66 706565724964 64 70656572', // peerId
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
  const unit = { id: 'disk', totalBytes: 10, freeBytes: 5 }
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
    ['from more than a minute ahead', { timestampMs: EPOCH_MS + 60_001 }],
    ['with an unknown role', { role: 'king' }],
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
  ]

  test.each(wrong)('%s', (_, change) => {
    expect(codeOf(() => readContent(['p2pstore/member/1', { ...good, ...change }]))).toBe('RECORD_INVALID')
  })

  test('without one of its fields', () => {
    for (const key of Object.keys(good)) {
      const rest = Object.fromEntries(Object.entries(good).filter(([name]) => name !== key))
      expect(codeOf(() => readContent(['p2pstore/member/1', rest]))).toBe('RECORD_INVALID')
    }
  })

  test('of another format', () => {
    for (const content of [good, [], [good], ['p2pstore/member/2', good], ['p2pstore/member/1', good, 1], null, 7]) {
      expect(codeOf(() => readContent(content))).toBe('RECORD_INVALID')
    }
  })

  test('with too many bytes, or none', () => {
    const payload = signed(recordOf('peer')).payload
    const signature = Uint8Array.of(1)
    for (const bad of [
      { payload: new Uint8Array(12 * 1024 + 1), signature },
      { payload: new Uint8Array(0), signature },
      { payload, signature: new Uint8Array(129) },
      { payload, signature: new Uint8Array(0) },
      { payload: 'text' as never, signature },
    ]) {
      expect(codeOf(() => readRecord(bad, EPOCH_MS))).toBe('RECORD_INVALID')
    }
  })

  test('nested so deep that it would exhaust a stack', () => {
    const payload = new Uint8Array(12 * 1024).fill(0x81)
    expect(codeOf(() => readRecord({ payload, signature: Uint8Array.of(1) }, EPOCH_MS))).toBe('RECORD_INVALID')
  })

  test('by its own signer too', () => {
    expect(codeOf(() => signed(recordOf('', {})))).toBe('RECORD_INVALID')
  })
})

test('a record may come from a clock that is a minute ahead', () => {
  const record = recordOf('peer', { timestampMs: EPOCH_MS + 60_000 })
  expect(readRecord(signed(record), EPOCH_MS)).toEqual(record)
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
      const code = codeOf(() => signed(readRecord({ payload: bytes, signature: Uint8Array.of(1) }, EPOCH_MS)))
      expect(['none', 'RECORD_INVALID']).toContain(code)
    }),
    { numRuns: 2_000 },
  )
})
