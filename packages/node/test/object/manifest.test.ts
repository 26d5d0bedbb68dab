import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openManifest, sealManifest } from '../../src/object/manifest.ts'

const manifestKey = new Uint8Array(32).fill(1)
const manifest = {
  objectId: new Uint8Array(16).fill(2),
  runId: new Uint8Array(16).fill(3),
  scheme: 'rs:4+2',
  shardBytes: 262_144,
  objectBytes: 1234,
  deleteAfterMs: 0,
  content: undefined as Uint8Array | undefined,
  pageHashes: [],
  inlineHashes: new Uint8Array(192).fill(4),
}

test('a manifest opens with its key and with its root, to what was sealed', () => {
  const { record, root } = sealManifest(manifest, manifestKey)
  expect(openManifest(record, manifest.objectId, { manifestKey })).toEqual(manifest)
  expect(openManifest(record, manifest.objectId, { root })).toEqual(manifest)
})

test('a manifest of many pages keeps their hashes in order', () => {
  const pageHashes = [1, 2, 3].map((fill) => new Uint8Array(32).fill(fill))
  const paged = { ...manifest, pageHashes, inlineHashes: undefined }
  const { record, root } = sealManifest(paged, manifestKey)
  expect(openManifest(record, manifest.objectId, { root })).toEqual(paged)
})

test('a manifest holds an object, of the length that it says', () => {
  const inline = { ...manifest, content: new Uint8Array(1234 + 16).fill(5), inlineHashes: undefined }
  const { record } = sealManifest(inline, manifestKey)
  expect(openManifest(record, manifest.objectId, { manifestKey })).toEqual(inline)
  const shorter = sealManifest({ ...inline, objectBytes: 1233 }, manifestKey)
  expect(openManifest(shorter.record, manifest.objectId, { manifestKey })).toBeUndefined()
})

test('a version that says nothing of an object in the manifest has none', () => {
  const inline = sealManifest({ ...manifest, content: new Uint8Array(1250), inlineHashes: undefined }, manifestKey)
  const plain = sealManifest(manifest, manifestKey)
  for (const [record, version] of [
    [inline.record, 1],
    [plain.record, 2],
  ] as const) {
    const relabelled = record.slice()
    expect(relabelled.subarray(0, 3)).toEqual(Uint8Array.of(0xa3, 0x61, 0x76))
    relabelled[3] = version
    expect(openManifest(relabelled, manifest.objectId, { manifestKey })).toBeUndefined()
  }
})

test('without the key or the root, or for another object, it does not open', () => {
  const { record } = sealManifest(manifest, manifestKey)
  expect(openManifest(record, manifest.objectId, { manifestKey: new Uint8Array(32) })).toBeUndefined()
  expect(openManifest(record, manifest.objectId, { root: new Uint8Array(32) })).toBeUndefined()
  expect(openManifest(record, new Uint8Array(16), { manifestKey })).toBeUndefined()
})

test('an altered record never opens to another manifest', () => {
  const { record } = sealManifest(manifest, manifestKey)
  fc.assert(
    fc.property(fc.nat(record.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
      const altered = record.slice()
      altered[at]! ^= mask
      expect(openManifest(altered, manifest.objectId, { manifestKey })).toBeUndefined()
    }),
  )
})
