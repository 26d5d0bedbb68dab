import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeLocationPage, LocationPage, locationRevision } from '../../src/object/location-page.ts'

const objectId = new Uint8Array(16).fill(5)
const shard = fc.record({
  peerId: fc.constantFrom('a', 'b', 'c', 'd'),
  unit: fc.constantFrom('u', 'v'),
  segment: fc.integer({ min: 0, max: 0xffff_ffff }),
  offsetBytes: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  checksum: fc.integer({ min: 0, max: 0xffff_ffff }),
})
const rows = fc.array(fc.array(fc.option(shard, { nil: undefined }), { minLength: 3, maxLength: 3 }), { maxLength: 20 })

test('a page survives being written and read', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 1e9 }), (stripes, revision) => {
      const shape = { objectId, page: 2, totalShards: 3, stripeCount: stripes.length }
      const page = new LocationPage(shape)
      page.stripes.splice(0, page.stripes.length, ...stripes)
      page.revision = revision
      const bytes = page.encode()
      const decoded = decodeLocationPage(bytes, shape)
      expect(decoded?.stripes).toEqual(stripes)
      expect(decoded?.revision).toBe(revision)
      expect(locationRevision(bytes)).toBe(revision)
    }),
  )
})

test('a page of another object, number or size is not taken for the one asked for', () => {
  const shape = { objectId, page: 0, totalShards: 3, stripeCount: 2 }
  const bytes = new LocationPage(shape).encode()
  expect(decodeLocationPage(bytes, shape)).toBeDefined()
  expect(decodeLocationPage(bytes, { ...shape, objectId: new Uint8Array(16) })).toBeUndefined()
  expect(decodeLocationPage(bytes, { ...shape, page: 1 })).toBeUndefined()
  expect(decodeLocationPage(bytes, { ...shape, totalShards: 4 })).toBeUndefined()
  expect(decodeLocationPage(bytes, { ...shape, stripeCount: 3 })).toBeUndefined()
})

test('any bytes at all are read without a throw', () => {
  const shape = { objectId, page: 0, totalShards: 3, stripeCount: 1 }
  const valid = new LocationPage(shape).encode()
  const mutated = fc.tuple(fc.nat(valid.length - 1), fc.integer({ min: 0, max: 255 })).map(([at, value]) => {
    const copy = valid.slice()
    copy[at] = value
    return copy
  })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (bytes) => {
      const page = decodeLocationPage(bytes, shape)
      expect(page === undefined || page.stripes.length === 1).toBe(true)
    }),
  )
})
