/**
 * An object that is in the network, opened by a capability: its manifest, and page by page the hashes and locations of its
 * shards. A few pages are kept, so that walking through an object of any size fetches each once in bounded memory.
 */
import { assertSameNetwork, type Capability, CapabilityError } from '../object/capability.ts'
import { pageCount, segmentBytesAt, shardBytesFor, stripeCount, stripesPerPage } from '../object/geometry.ts'
import { deriveObjectKeys, type ObjectKeys } from '../object/keys.ts'
import { decodeLocationPage, LocationPage } from '../object/location-page.ts'
import { hashBytes, type Manifest, type ManifestProof, openManifest, sha256 } from '../object/manifest.ts'
import { shardId } from '../object/shard-id.ts'
import type { Peer } from '../peer.ts'
import type { Coding } from '../transfer/coding.ts'
import { SearchError } from './record-search.ts'
import { findNewest, findRecord } from './search.ts'

/** Pages of each kind kept: walks run forward, with a window that may span two. */
const maximumKeptPages = 4

/** @throws CapabilityError, SearchError; CodecError when the manifest's scheme is not known to this version */
export async function openObject(capability: Capability, peer: Peer, signal: AbortSignal): Promise<StoredObject> {
  assertSameNetwork(capability, peer.networkId)
  const keys = capability.kind === 'read' ? deriveObjectKeys(capability.secret, peer.networkId) : undefined
  const objectId = capability.kind === 'read' ? (keys as ObjectKeys).objectId : capability.objectId
  const proof =
    capability.kind === 'read' ? { manifestKey: (keys as ObjectKeys).manifestKey } : { root: capability.root }
  return openProven(objectId, proof, keys, peer, signal)
}

/**
 * An object of which a node holds shards, without a capability: enough to move them, and to rebuild them with a check of what
 * comes out. The manifest may be a holder's invention; see ManifestProof.
 * @throws SearchError; CodecError when the manifest's scheme is not known to this version
 */
export function openHeldObject(
  { objectId, runId }: { readonly objectId: Uint8Array; readonly runId: Uint8Array },
  peer: Peer,
  signal: AbortSignal,
): Promise<StoredObject> {
  return openProven(objectId, { runId }, undefined, peer, signal)
}

async function openProven(
  objectId: Uint8Array,
  proof: ManifestProof,
  keys: ObjectKeys | undefined,
  peer: Peer,
  signal: AbortSignal,
): Promise<StoredObject> {
  const accept = (record: Uint8Array) => {
    const manifest = openManifest(record, objectId, proof)
    return manifest && { manifest, record }
  }
  const { manifest, record } = await findRecord(shardId(objectId, 'manifest'), accept, peer, signal)
  const coding = await peer.codings.open(manifest.scheme, manifest.shardBytes)
  return new StoredObject({ manifest, record, keys, coding, peer, signal })
}

interface ObjectParts {
  readonly manifest: Manifest
  /** The manifest as it is stored. */
  readonly record: Uint8Array
  readonly keys: ObjectKeys | undefined
  readonly coding: Coding
  readonly peer: Peer
  /** Ends whatever the object is still fetching. */
  readonly signal: AbortSignal
}

export class StoredObject {
  readonly manifest: Manifest
  readonly record: Uint8Array
  readonly coding: Coding
  /** 0 when the object is empty or lies in its manifest. */
  readonly stripeCount: number
  readonly pageCount: number
  readonly stripesPerPage: number
  /** Whether a segment's seal did not fit: then readers compare shards with their hashes. */
  isDoubtful = false
  readonly #keys: ObjectKeys | undefined
  readonly #peer: Peer
  readonly #signal: AbortSignal
  readonly #hashPages = new Map<number, Promise<Uint8Array>>()
  readonly #locationPages = new Map<number, Promise<LocationPage>>()

  constructor({ manifest, record, keys, coding, peer, signal }: ObjectParts) {
    this.manifest = manifest
    this.record = record
    this.coding = coding
    const stripedBytes = manifest.content === undefined ? manifest.objectBytes : 0
    this.stripeCount = stripeCount(coding.geometry, stripedBytes)
    this.pageCount = pageCount(coding.geometry, stripedBytes)
    this.stripesPerPage = stripesPerPage(coding.geometry.totalShards)
    this.#keys = keys
    this.#peer = peer
    this.#signal = signal
  }

  /** @throws CapabilityError CAPABILITY_TOO_WEAK for a verify capability */
  get keys(): ObjectKeys {
    if (this.#keys !== undefined) return this.#keys
    throw new CapabilityError(
      'CAPABILITY_TOO_WEAK',
      'a verify capability can check and repair an object, but not read or delete it',
    )
  }

  /** How many copies there should be of each record. */
  get recordCopies(): number {
    return this.coding.codec.tolerance + 1
  }

  /** Length of a stripe's shards. */
  shardBytesOf(stripe: number): number {
    const { geometry } = this.coding
    return shardBytesFor(geometry, segmentBytesAt(geometry, this.manifest.objectBytes, stripe))
  }

  /** The SHA-256 of every shard of a stripe. */
  async hashesOf(stripe: number): Promise<Uint8Array[]> {
    const { totalShards } = this.coding.geometry
    const page = await this.hashPage(Math.floor(stripe / this.stripesPerPage))
    const first = (stripe % this.stripesPerPage) * totalShards
    return Array.from({ length: totalShards }, (_, index) =>
      page.subarray((first + index) * hashBytes, (first + index + 1) * hashBytes),
    )
  }

  /** All hashes of a page of stripes, verified. */
  hashPage(page: number): Promise<Uint8Array> {
    const { objectId, inlineHashes, pageHashes } = this.manifest
    if (inlineHashes !== undefined) return Promise.resolve(inlineHashes)
    return keep(this.#hashPages, page, () => {
      const expected = pageHashes[page] ?? new Uint8Array()
      const accept = (record: Uint8Array) => (Buffer.compare(sha256(record), expected) === 0 ? record : undefined)
      return findRecord(shardId(objectId, 'hashPage', page), accept, this.#peer, this.#signal)
    })
  }

  /** Where a page's shards were last known to be; an empty page when nobody knows, as shards can be searched for too. */
  locationPage(page: number): Promise<LocationPage> {
    return keep(this.#locationPages, page, () => this.#findLocations(page, findRecord))
  }

  /** The newest locations that any node knows. */
  newestLocationPage(page: number): Promise<LocationPage> {
    return this.#findLocations(page, findNewest)
  }

  async #findLocations(page: number, find: typeof findRecord<LocationPage>): Promise<LocationPage> {
    const { objectId } = this.manifest
    const { totalShards } = this.coding.geometry
    const stripeCount = Math.min(this.stripesPerPage, this.stripeCount - page * this.stripesPerPage)
    const expected = { objectId, page, totalShards, stripeCount }
    const accept = (record: Uint8Array) => decodeLocationPage(record, expected)
    try {
      return await find(shardId(objectId, 'locationPage', page), accept, this.#peer, this.#signal)
    } catch (failure) {
      if (failure instanceof SearchError) return new LocationPage(expected)
      throw failure
    }
  }
}

/** What `fetch` returns, at most once per key while it is among the most recently fetched; a failure is not kept. */
function keep<T>(kept: Map<number, Promise<T>>, key: number, fetch: () => Promise<T>): Promise<T> {
  const known = kept.get(key)
  if (known !== undefined) return known
  const fetched = fetch()
  kept.set(key, fetched)
  fetched.catch(() => kept.delete(key))
  const [oldest] = kept.keys()
  if (kept.size > maximumKeptPages && oldest !== undefined) kept.delete(oldest)
  return fetched
}
