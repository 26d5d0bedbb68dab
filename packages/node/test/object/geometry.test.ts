import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as geometryOf from '../../src/object/geometry.ts'

const geometry = fc
  .record({
    dataShards: fc.integer({ min: 1, max: 64 }),
    parity: fc.integer({ min: 0, max: 64 }),
    alignmentBytes: fc.constantFrom(1, 128),
    blocks: fc.integer({ min: 1, max: 64 }),
  })
  .map(({ dataShards, parity, alignmentBytes, blocks }) => ({
    dataShards,
    totalShards: dataShards + parity,
    alignmentBytes,
    shardBytes: blocks * 128,
  }))

test('segments cover an object exactly, and each fits its shards', () => {
  fc.assert(
    fc.property(geometry, fc.integer({ min: 0, max: 100_000 }), (shape, objectBytes) => {
      const stripes = geometryOf.stripeCount(shape, objectBytes)
      let covered = 0
      for (let stripe = 0; stripe < stripes; stripe += 1) {
        const bytes = geometryOf.segmentBytesAt(shape, objectBytes, stripe)
        const shardBytes = geometryOf.shardBytesFor(shape, bytes)
        expect(bytes).toBeGreaterThan(0)
        expect(shardBytes % shape.alignmentBytes).toBe(0)
        expect(shardBytes).toBeLessThanOrEqual(shape.shardBytes)
        expect(shardBytes * shape.dataShards).toBeGreaterThanOrEqual(bytes + geometryOf.sealBytes)
        covered += bytes
      }
      expect(covered).toBe(objectBytes)
    }),
  )
})

test('a page holds a power of two of stripes and never more than its limit of entries', () => {
  for (let totalShards = 1; totalShards <= 1024; totalShards += 1) {
    const stripes = geometryOf.stripesPerPage(totalShards)
    expect(Math.log2(stripes) % 1).toBe(0)
    expect(stripes * totalShards).toBeLessThanOrEqual(8192)
    expect(stripes).toBeGreaterThanOrEqual(8)
  }
})
