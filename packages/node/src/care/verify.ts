import { openObject, type StoredObject } from '../catalog/stored-object.ts'
import { parseCapability } from '../object/capability.ts'
import type { Peer } from '../peer.ts'
import { isDecodable } from '../transfer/decodable.ts'
import { type CopyCount, checkCopies } from './check-copies.ts'
import { batchesOf, inspectStripes, type StripeState } from './inspect.ts'

export interface VerifyReport {
  readonly objectId: string
  readonly scheme: string
  readonly objectBytes: number
  readonly stripeCount: number
  /** Shards that there should be; of an object that lies in its manifest, copies of that, in all that follows. */
  readonly totalShards: number
  readonly goodShards: number
  /** Shards that no node that answered holds. */
  readonly missingShards: number
  /** Shards of which there are only damaged copies, or other bytes than the manifest names. */
  readonly wrongShards: number
  /** Stripes that lack shards but can be rebuilt. */
  readonly stripesAtRisk: number
  /** Stripes that can't be read with the nodes that answered. */
  readonly stripesLost: number
  readonly isHealthy: boolean
}

/**
 * Has every shard of an object read and hashed where it is. Takes a read or a verify capability.
 * @throws CapabilityError, SearchError; the signal's reason when aborted
 */
export async function verify(capability: string, signal: AbortSignal, peer: Peer): Promise<VerifyReport> {
  const object = await openObject(parseCapability(capability), peer, signal)
  const tally = new Tally(object)
  if (object.manifest.content !== undefined) tally.addCopies(await checkCopies(object, peer, signal))
  for (let page = 0; page < object.pageCount; page += 1) {
    const locations = await object.locationPage(page)
    for (const stripes of batchesOf(object, page)) {
      for (const state of await inspectStripes(object, stripes, locations, peer, signal)) tally.add(state)
    }
  }
  return tally.report()
}

class Tally {
  readonly #object: StoredObject
  #goodShards = 0
  #wrongShards = 0
  #missingShards = 0
  #stripesAtRisk = 0
  #stripesLost = 0

  constructor(object: StoredObject) {
    this.#object = object
  }

  add({ good, wrong }: StripeState): void {
    const { codec } = this.#object.coding
    this.#goodShards += good.size
    const wrongIndexes = new Set(wrong.map(({ index }) => index).filter((index) => !good.has(index)))
    this.#wrongShards += wrongIndexes.size
    this.#missingShards += codec.totalShards - good.size - wrongIndexes.size
    if (good.size === codec.totalShards) return
    if (isDecodable(codec, good.keys())) this.#stripesAtRisk += 1
    else this.#stripesLost += 1
  }

  addCopies({ good, wrong }: CopyCount): void {
    const { recordCopies } = this.#object
    this.#goodShards = Math.min(good, recordCopies)
    this.#wrongShards = Math.min(wrong, recordCopies - this.#goodShards)
    this.#missingShards = recordCopies - this.#goodShards - this.#wrongShards
  }

  report(): VerifyReport {
    const { manifest, coding, recordCopies, stripeCount } = this.#object
    const totalShards = manifest.content ? recordCopies : stripeCount * coding.codec.totalShards
    return {
      objectId: Buffer.from(manifest.objectId).toString('hex'),
      scheme: manifest.scheme,
      objectBytes: manifest.objectBytes,
      stripeCount,
      totalShards,
      goodShards: this.#goodShards,
      missingShards: this.#missingShards,
      wrongShards: this.#wrongShards,
      stripesAtRisk: this.#stripesAtRisk,
      stripesLost: this.#stripesLost,
      isHealthy: this.#goodShards === totalShards,
    }
  }
}
