/**
 * Where the shards of up to a page of stripes are: for every shard the node and the storage key that the node acknowledged.
 * Unlike the manifest it changes, when repair moves a shard, so it carries a revision. It is a hint, never believed: a shard
 * is verified by its hash wherever it comes from, and can be asked for by its id alone.
 *
 *   record  = CBOR { v: 1, id, page, revision, nodes: [text], units: [text], entries }
 *   entries = per shard, stripe by stripe, 20 bytes big-endian:
 *             node (2) ‖ unit (2) ‖ segment (4) ‖ offset (8) ‖ checksum (4); node 0xFFFF: not stored
 */
import * as v from 'valibot'
import { encodeCbor } from '../encoding/cbor.ts'
import { boundedBytes, count, decodeRecord, fixedBytes } from '../encoding/record.ts'
import type { ShardLocation } from '../ports/shard-store.ts'

/** A shard's node and the parts of its storage key that its id and manifest don't already tell. */
export interface StoredShard extends Pick<ShardLocation, 'unit' | 'segment' | 'offsetBytes' | 'checksum'> {
  readonly peerId: string
}

const entryBytes = 20
const notStored = 0xffff
const maximumNames = 8192

const name = v.pipe(v.string(), v.maxLength(128))
const schema = v.strictObject({
  v: v.literal(1),
  id: fixedBytes(16),
  page: count,
  revision: v.pipe(count, v.minValue(1)),
  nodes: v.pipe(v.array(name), v.maxLength(maximumNames)),
  units: v.pipe(v.array(name), v.maxLength(maximumNames)),
  entries: boundedBytes(1 << 20),
})

/** Which page of which object, and what it covers. */
export interface PageOfObject {
  readonly objectId: Uint8Array
  readonly page: number
  readonly totalShards: number
  readonly stripeCount: number
}

export class LocationPage {
  readonly objectId: Uint8Array
  readonly page: number
  readonly totalShards: number
  revision = 1
  /** By stripe within the page, then by index within the stripe. */
  readonly stripes: (StoredShard | undefined)[][]

  /** A page of `stripeCount` stripes of which no shard is known yet. */
  constructor({ objectId, page, totalShards, stripeCount }: PageOfObject) {
    this.objectId = objectId
    this.page = page
    this.totalShards = totalShards
    this.stripes = Array.from({ length: stripeCount }, () => [])
  }

  encode(): Uint8Array {
    const nodes = new NameTable()
    const units = new NameTable()
    const entries = Buffer.alloc(this.stripes.length * this.totalShards * entryBytes)
    let offset = 0
    for (const stripe of this.stripes) {
      for (let index = 0; index < this.totalShards; index += 1, offset += entryBytes) {
        const shard = stripe[index]
        entries.writeUInt16BE(shard === undefined ? notStored : nodes.indexOf(shard.peerId), offset)
        if (shard === undefined) continue
        entries.writeUInt16BE(units.indexOf(shard.unit), offset + 2)
        entries.writeUInt32BE(shard.segment, offset + 4)
        entries.writeBigUInt64BE(BigInt(shard.offsetBytes), offset + 8)
        entries.writeUInt32BE(shard.checksum, offset + 16)
      }
    }
    return encodeCbor({
      v: 1,
      id: this.objectId,
      page: this.page,
      revision: this.revision,
      nodes: nodes.names,
      units: units.names,
      entries: new Uint8Array(entries.buffer, entries.byteOffset, entries.length),
    })
  }
}

/** The page in a record that some node returned; undefined when it is not that page of that object. */
export function decodeLocationPage(record: Uint8Array, expected: PageOfObject): LocationPage | undefined {
  const decoded = decodeRecord(schema, record)
  if (decoded === undefined || decoded.page !== expected.page) return undefined
  if (Buffer.compare(decoded.id, expected.objectId) !== 0) return undefined
  const { totalShards, stripeCount } = expected
  if (decoded.entries.length !== stripeCount * totalShards * entryBytes) return undefined
  const page = new LocationPage(expected)
  page.revision = decoded.revision
  const entries = Buffer.from(decoded.entries.buffer, decoded.entries.byteOffset, decoded.entries.length)
  for (const [stripe, row] of page.stripes.entries()) {
    for (let index = 0; index < totalShards; index += 1) {
      row.push(readEntry(entries, (stripe * totalShards + index) * entryBytes, decoded.nodes, decoded.units))
    }
  }
  return page
}

/** The revision that a stored location page claims; undefined when the bytes are not one. */
export function locationRevision(record: Uint8Array): number | undefined {
  return decodeRecord(schema, record)?.revision
}

function readEntry(entries: Buffer, offset: number, nodes: string[], units: string[]): StoredShard | undefined {
  const peerId = nodes[entries.readUInt16BE(offset)]
  const unit = units[entries.readUInt16BE(offset + 2)]
  const offsetBytes = Number(entries.readBigUInt64BE(offset + 8))
  if (peerId === undefined || unit === undefined || !Number.isSafeInteger(offsetBytes)) return undefined
  return {
    peerId,
    unit,
    segment: entries.readUInt32BE(offset + 4),
    offsetBytes,
    checksum: entries.readUInt32BE(offset + 16),
  }
}

class NameTable {
  readonly names: string[] = []
  readonly #indexes = new Map<string, number>()

  indexOf(name: string): number {
    const known = this.#indexes.get(name)
    if (known !== undefined) return known
    this.#indexes.set(name, this.names.length)
    return this.names.push(name) - 1
  }
}
