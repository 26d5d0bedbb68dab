/**
 * The manifest says how to rebuild an object and how to tell right bytes from wrong ones. It never changes: where the
 * shards are is kept beside it, in location pages.
 *
 *   record   = CBOR { v: 1 | 2, body, mac }      mac = HMAC-SHA-256(manifest key, body)
 *   body     = CBOR { id, run, scheme, shard, length, delete, pages | hashes | content }
 *   root     = SHA-256(body)                     what a verify capability holds
 *   hashes   = SHA-256 of every shard, stripe by stripe: inline for small objects, else on pages whose hashes are listed
 *   content  = the whole object, sealed as one segment: version 2, for objects that are not worth a stripe
 *
 * A holder of the secret checks the mac, a holder of a verify capability the root. Either way a manifest from any node
 * can be trusted, and so can each page and each shard, before a byte is decoded.
 */
import { createHash, createHmac, hash, timingSafeEqual } from 'node:crypto'
import * as v from 'valibot'
import { decodeCborInPlace, encodeCbor } from '../encoding/cbor.ts'
import { boundedBytes, count, decodeRecord, fixedBytes } from '../encoding/record.ts'
import { sealBytes } from './geometry.ts'

export const hashBytes = 32
/** Hashes up to this size stay inside the manifest, which saves small objects a round trip. */
export const maximumInlineHashBytes = 16 * 1024
/** Largest object that may lie in its manifest: whoever asks what an object is gets all of this with the answer. */
export const maximumContentBytes = 64 * 1024

export interface Manifest {
  /** 16 bytes. */
  readonly objectId: Uint8Array
  /** 16 bytes. */
  readonly runId: Uint8Array
  /** The scheme's recorded form, such as `rs:4+2`. */
  readonly scheme: string
  /** Length of a full stripe's shards. */
  readonly shardBytes: number
  /** Length of the object. */
  readonly objectBytes: number
  /** When the object is to be deleted, in milliseconds since the Unix epoch; 0 is never. */
  readonly deleteAfterMs: number
  /** The sealed object itself, when it lies here and has no stripes. */
  readonly content: Uint8Array | undefined
  /** SHA-256 of every hash page; empty when the hashes are inline. */
  readonly pageHashes: readonly Uint8Array[]
  /** The one hash page of a small object. */
  readonly inlineHashes: Uint8Array | undefined
}

export interface SealedManifest {
  readonly record: Uint8Array
  /** SHA-256 of the body. */
  readonly root: Uint8Array
}

const recordSchema = v.strictObject({ v: v.picklist([1, 2]), body: boundedBytes(1 << 20), mac: fixedBytes(32) })
const bodySchema = v.strictObject({
  id: fixedBytes(16),
  run: fixedBytes(16),
  scheme: v.pipe(v.string(), v.maxLength(200)),
  shard: v.pipe(count, v.minValue(1), v.maxValue(1 << 20)),
  length: count,
  delete: count,
  pages: v.optional(v.pipe(v.array(fixedBytes(hashBytes)), v.maxLength(30_000))),
  hashes: v.optional(boundedBytes(maximumInlineHashBytes)),
  content: v.optional(boundedBytes(maximumContentBytes + sealBytes)),
})

export function sealManifest(manifest: Manifest, manifestKey: Uint8Array): SealedManifest {
  const { content, pageHashes, inlineHashes } = manifest
  const body = encodeCbor({
    id: manifest.objectId,
    run: manifest.runId,
    scheme: manifest.scheme,
    shard: manifest.shardBytes,
    length: manifest.objectBytes,
    delete: manifest.deleteAfterMs,
    ...(content ? { content } : inlineHashes ? { hashes: inlineHashes } : { pages: pageHashes }),
  })
  const mac = createHmac('sha256', manifestKey).update(body).digest()
  return { record: encodeCbor({ v: content ? 2 : 1, body, mac: new Uint8Array(mac) }), root: sha256(body) }
}

/** How a reader tells the one true manifest of an object: by the key of its mac, or by its root. */
export type ManifestProof =
  | { readonly manifestKey: Uint8Array }
  | { readonly root: Uint8Array }
  /**
   * All that a node knows of an object: the run that wrote the shards it holds. Whoever holds some could make up a
   * manifest.
   */
  | { readonly runId: Uint8Array }

/** The manifest in a record that some node returned, of which it keeps parts; undefined when it is not the object's. */
export function openManifest(record: Uint8Array, objectId: Uint8Array, proof: ManifestProof): Manifest | undefined {
  const sealed = decodeRecord(recordSchema, record, decodeCborInPlace)
  const body = sealed && isProven(sealed, proof) ? decodeRecord(bodySchema, sealed.body, decodeCborInPlace) : undefined
  if (sealed === undefined || body === undefined || Buffer.compare(body.id, objectId) !== 0) return undefined
  if (body.content?.length !== (sealed.v === 2 ? body.length + sealBytes : undefined)) return undefined
  if ('runId' in proof && Buffer.compare(body.run, proof.runId) !== 0) return undefined
  return {
    objectId: body.id,
    runId: body.run,
    scheme: body.scheme,
    shardBytes: body.shard,
    objectBytes: body.length,
    deleteAfterMs: body.delete,
    content: body.content,
    pageHashes: body.pages ?? [],
    inlineHashes: body.hashes,
  }
}

function isProven({ body, mac }: { body: Uint8Array; mac: Uint8Array }, proof: ManifestProof): boolean {
  if ('root' in proof) return timingSafeEqual(sha256(body), proof.root)
  if ('runId' in proof) return true
  return timingSafeEqual(createHmac('sha256', proof.manifestKey).update(body).digest(), mac)
}

export function sha256(...pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces
  if (first !== undefined && pieces.length === 1) return new Uint8Array(hash('sha256', first, 'buffer'))
  const digest = createHash('sha256')
  for (const piece of pieces) digest.update(piece)
  return new Uint8Array(digest.digest())
}
