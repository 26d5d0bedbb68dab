import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checksOf, piecesMatch } from '../../src/store/body-checks.ts'
import { decodeEntries, decodeTrailer, encodeFooter } from '../../src/store/segment/footer.ts'
import { blockBytes, padBytes, recordHeaderBytes, trailerBytes } from '../../src/store/segment/layout.ts'
import {
  decodeRecordHeader,
  encodeRecordHeader,
  type RecordHeader,
  recordKinds,
} from '../../src/store/segment/record.ts'
import { decodeSegmentHeader, encodeSegmentHeader } from '../../src/store/segment/segment-header.ts'
import { pattern } from '../contract/shard-store.ts'

const unitTag = pattern(1, 8)
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

/** Headers that can stand at 8192 in segment 3, in a group that began at 4096. */
const headers: fc.Arbitrary<RecordHeader> = fc.record({
  kind: fc.constantFrom(recordKinds.put, recordKinds.tombstone, recordKinds.pad),
  flags: fc.integer({ min: 0, max: 0xffff }),
  sequence: fc.maxSafeNat(),
  id: bytes(24),
  runId: bytes(16),
  deleteAfterMs: fc.maxSafeNat(),
  bodyBytes: fc.constant(0),
  checksum: fc.integer({ min: 0, max: 0xffffffff }),
  segment: fc.constant(3),
  offsetBytes: fc.constant(8192),
  groupOffsetBytes: fc.constant(4096),
})

describe('a record header', () => {
  const noTable = new Uint8Array(0)

  test('comes back', () => {
    fc.assert(
      fc.property(headers, (header) => {
        const decoded = decodeRecordHeader(encodeRecordHeader(header, unitTag, noTable), unitTag, 3, 8192)
        expect({ ...decoded, id: [...decoded!.id], runId: [...decoded!.runId] }).toEqual({
          ...header,
          id: [...header.id],
          runId: [...header.runId],
        })
      }),
    )
  })

  test('is nothing with any one bit changed, its checksum table included', () => {
    const header = fc.sample(headers, { numRuns: 1, seed: 1 })[0]!
    const { table } = checksOf([pattern(1, 200_000)], 200_000)
    const encoded = encodeRecordHeader({ ...header, kind: recordKinds.put, bodyBytes: 200_000 }, unitTag, table)
    expect(decodeRecordHeader(encoded, unitTag, 3, 8192)).toBeDefined()
    for (let bit = 0; bit < encoded.length * 8; bit++) {
      encoded[bit >> 3]! ^= 1 << (bit & 7)
      expect(decodeRecordHeader(encoded, unitTag, 3, 8192)).toBeUndefined()
      encoded[bit >> 3]! ^= 1 << (bit & 7)
    }
  })

  test('is nothing at another place', () => {
    const header = fc.sample(headers, { numRuns: 1, seed: 1 })[0]!
    const encoded = encodeRecordHeader(header, unitTag, noTable)
    expect(decodeRecordHeader(encoded, unitTag, 4, 8192)).toBeUndefined()
    expect(decodeRecordHeader(encoded, unitTag, 3, 4096)).toBeUndefined()
    expect(decodeRecordHeader(encoded, pattern(2, 8), 3, 8192)).toBeUndefined()
    expect(decodeRecordHeader(encoded.subarray(0, 95), unitTag, 3, 8192)).toBeUndefined()
  })

  test('is never found in arbitrary bytes', () => {
    fc.assert(
      fc.property(bytes(recordHeaderBytes + 64), (garbage) => {
        expect(decodeRecordHeader(Buffer.from(garbage), unitTag, 3, 8192)).toBeUndefined()
      }),
    )
  })
})

test('a segment header comes back, and is nothing with any byte changed', () => {
  const header = { unitId: Buffer.from(pattern(3, 16)), segment: 7, day: 22_000 }
  const block = encodeSegmentHeader(header)
  expect(decodeSegmentHeader(block)).toEqual(header)
  for (let index = 0; index < blockBytes; index++) {
    block[index]! ^= 0x10
    expect(decodeSegmentHeader(block)).toBeUndefined()
    block[index]! ^= 0x10
  }
})

describe('a footer', () => {
  const place = { segment: 3, day: 22_000, footerOffsetBytes: 16_384 }
  const footerOf = (count: number) => {
    const header = fc.sample(headers, { numRuns: 1, seed: 1 })[0]!
    const encoded = encodeRecordHeader({ ...header, kind: recordKinds.tombstone }, unitTag, new Uint8Array(0))
    return encodeFooter(
      Array.from({ length: count }, () => encoded),
      place,
      unitTag,
    )
  }
  const read = (footer: Buffer) => {
    const end = footer.subarray(footer.length - trailerBytes)
    const trailer = decodeTrailer(end, place.footerOffsetBytes + footer.length, unitTag, 3)
    const entries = footer.subarray(0, (trailer?.recordCount ?? 0) * recordHeaderBytes)
    const headers = trailer && decodeEntries(entries, trailer, unitTag)
    return headers && [...headers]
  }

  test.each([0, 1, 41, 42, 43, 1000])('of %i records comes back', (count) => {
    const footer = footerOf(count)
    expect(footer.length % blockBytes).toBe(0)
    expect(read(footer)).toHaveLength(count)
  })

  test('is nothing with any byte of an entry or the trailer changed', () => {
    const footer = footerOf(5)
    for (let index = 0; index < footer.length; index++) {
      if (index === 5 * recordHeaderBytes) index = footer.length - trailerBytes
      footer[index]! ^= 1
      expect(read(footer)).toBeUndefined()
      footer[index]! ^= 1
    }
  })
})

test('padding ends on a block, and has room for its own header or is nothing', () => {
  fc.assert(
    fc.property(fc.nat(1 << 20), (end) => {
      const pad = padBytes(end)
      expect((end + pad) % blockBytes).toBe(0)
      expect(pad === 0 || pad >= recordHeaderBytes).toBe(true)
      expect(pad).toBeLessThan(blockBytes + recordHeaderBytes)
    }),
  )
})

test('a checksum table is the CRC-32 of every 64 KiB, however the body is cut', () => {
  fc.assert(
    fc.property(fc.integer({ min: 65_537, max: 300_000 }), fc.array(fc.nat(300_000)), (size, cuts) => {
      const body = pattern(size, size)
      const places = [0, ...cuts.filter((cut) => cut < size).sort((a, b) => a - b), size]
      const pieces = places.slice(1).map((end, index) => body.subarray(places[index], end))
      const checks = checksOf(pieces, size)
      const table = Buffer.from(checks.table)
      expect(checks.checksum).toBe(crc32(body))
      const expected: number[] = []
      for (let at = 0; at < size; at += 65_536) expected.push(crc32(body.subarray(at, at + 65_536)))
      expect(expected).toEqual(expected.map((_, index) => table.readUInt32LE(index * 4)))
      expect(table.length).toBe(expected.length * 4)
      expect(piecesMatch(body.subarray(65_536), 1, table)).toBe(true)
      expect(piecesMatch(body.subarray(1), 0, table)).toBe(false)
    }),
    { numRuns: 20 },
  )
})
