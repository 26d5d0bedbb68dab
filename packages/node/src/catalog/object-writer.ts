/**
 * Turns finished stripes into the object's records: as soon as a page of stripes is full, its hashes and locations are
 * mirrored in the network and forgotten here, so that memory doesn't grow with the object. The manifest comes last.
 */

import { type Geometry, sealBytes, stripesPerPage } from '../object/geometry.ts'
import type { ObjectKeys } from '../object/keys.ts'
import { LocationPage, type StoredShard } from '../object/location-page.ts'
import { type Manifest, maximumInlineHashBytes, sealManifest, sha256 } from '../object/manifest.ts'
import { type RecordKind, shardId } from '../object/shard-id.ts'
import { mirrorRecord, type RecordNetwork } from './mirror-record.ts'

export interface ObjectRecords {
  readonly keys: ObjectKeys
  readonly geometry: Geometry
  readonly scheme: string
  readonly deleteAfterMs: number
  /** Copies of every record. */
  readonly copies: number
  readonly requiredCopies: number
}

export interface WrittenStripe {
  readonly plaintextBytes: number
  readonly hashes: readonly Uint8Array[]
  readonly stored: ReadonlyMap<number, StoredShard>
}

export class ObjectWriter {
  objectBytes = 0
  stripeCount = 0
  /** Or copies, of an object without stripes. */
  storedShards = 0
  readonly #records: ObjectRecords
  readonly #network: RecordNetwork
  readonly #signal: AbortSignal
  readonly #pageHashes: Uint8Array[] = []
  #hashes: Uint8Array[] = []
  #locations: LocationPage

  constructor(records: ObjectRecords, network: RecordNetwork, signal: AbortSignal) {
    this.#records = records
    this.#network = network
    this.#signal = signal
    this.#locations = this.#newLocations()
  }

  /** Takes the next stripe of the object, in order. */
  async add(stripe: WrittenStripe): Promise<void> {
    this.#hashes.push(...stripe.hashes)
    this.#locations.stripes.push(stripe.hashes.map((_, index) => stripe.stored.get(index)))
    this.objectBytes += stripe.plaintextBytes
    this.stripeCount += 1
    this.storedShards += stripe.stored.size
    if (this.stripeCount % stripesPerPage(this.#records.geometry.totalShards) === 0) await this.#writePage()
  }

  /** Writes what is left and then the manifest: from now on the object exists. */
  async finish(): Promise<{ root: Uint8Array }> {
    let inlineHashes: Uint8Array | undefined
    const hashes = Buffer.concat(this.#hashes)
    if (this.#pageHashes.length === 0 && hashes.length <= maximumInlineHashBytes) {
      inlineHashes = new Uint8Array(hashes)
      if (this.stripeCount > 0) await this.#writeLocations()
    } else if (hashes.length > 0) {
      await this.#writePage()
    }
    const { root } = await this.#writeManifest({ pageHashes: this.#pageHashes, inlineHashes, content: undefined })
    return { root }
  }

  /** Writes an object without stripes: its manifest, which holds the sealed object. */
  async finishWith(content: Uint8Array): Promise<{ root: Uint8Array }> {
    this.objectBytes = content.length - sealBytes
    const { root, copies } = await this.#writeManifest({ pageHashes: [], inlineHashes: undefined, content })
    this.storedShards = copies
    return { root }
  }

  async #writeManifest(
    contents: Pick<Manifest, 'pageHashes' | 'inlineHashes' | 'content'>,
  ): Promise<{ root: Uint8Array; copies: number }> {
    const { keys, geometry, scheme, deleteAfterMs } = this.#records
    const { objectId, runId, manifestKey } = keys
    const { objectBytes } = this
    const { shardBytes } = geometry
    const { record, root } = sealManifest(
      { objectId, runId, scheme, shardBytes, objectBytes, deleteAfterMs, ...contents },
      manifestKey,
    )
    const holders = await this.#mirror('manifest', 0, record)
    return { root, copies: holders.length }
  }

  async #writePage(): Promise<void> {
    const hashes = Buffer.concat(this.#hashes)
    await Promise.all([this.#mirror('hashPage', this.#pageHashes.length, hashes), this.#writeLocations()])
    this.#pageHashes.push(sha256(hashes))
    this.#hashes = []
    this.#locations = this.#newLocations()
  }

  async #writeLocations(): Promise<void> {
    await this.#mirror('locationPage', this.#locations.page, this.#locations.encode())
  }

  #mirror(kind: RecordKind, number: number, bytes: Uint8Array): Promise<string[]> {
    const { keys, deleteAfterMs, copies, requiredCopies } = this.#records
    return mirrorRecord(
      {
        id: shardId(keys.objectId, kind, number),
        runId: keys.runId,
        bytes,
        kind: kind === 'locationPage' ? 'location' : 'fixed',
        deleteAfterMs,
        copies,
        requiredCopies,
      },
      this.#network,
      this.#signal,
    )
  }

  #newLocations(): LocationPage {
    const { keys, geometry } = this.#records
    const page = this.#pageHashes.length
    return new LocationPage({ objectId: keys.objectId, page, totalShards: geometry.totalShards, stripeCount: 0 })
  }
}
