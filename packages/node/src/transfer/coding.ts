/**
 * Codecs and the memory they work in, shared by everything that a peer puts, gets and repairs at the same time. The number of
 * stripes per scheme is fixed, and a walk waits for one before it reads more of its source: that bounds memory for any object
 * size and any number of walks at once.
 */
import { type Codec, codeOf, createCodec, parseScheme } from '@p2pstore/codec'
import type { StripeGeometry } from '@p2pstore/placement'
import { type Geometry, shardBytesFor } from '../object/geometry.ts'
import { stripeGeometryOf } from './stripe-geometry.ts'
import { Stripes } from './stripes.ts'

const defaultShardBytes = 512 << 10
/** A full stripe by default: with two in work, 8 MiB of memory. */
const maximumDefaultStripeBytes = 4 << 20
/** Schemes kept ready; the least recently asked for is let go. */
const maximumCodings = 8

export interface Coding {
  readonly codec: Codec
  readonly geometry: Geometry
  /** The scheme as placement sees it. */
  readonly parity: StripeGeometry
  readonly stripes: Stripes
}

export class Codings {
  readonly #codings = new Map<string, Promise<Coding>>()
  /** By scheme: working out its code takes longer than a small put should. */
  readonly #defaultShardBytes = new Map<string, number>()

  /**
   * @param shardBytes length of a full shard. Default: 512 KiB, less for stripes of more than 8 shards
   * @throws CodecError SCHEME_INVALID
   */
  async open(scheme: string, shardBytes = this.#defaultFor(scheme)): Promise<Coding> {
    const key = `${scheme} ${shardBytes}`
    const known = this.#codings.get(key)
    if (known !== undefined) {
      this.#codings.delete(key)
      this.#codings.set(key, known)
      return known
    }
    const coding = openCoding(scheme, shardBytes)
    this.#codings.set(key, coding)
    coding.catch(() => this.#codings.delete(key))
    const [oldest] = this.#codings.keys()
    if (this.#codings.size > maximumCodings && oldest !== undefined) this.#codings.delete(oldest)
    return coding
  }

  #defaultFor(scheme: string): number {
    const known = this.#defaultShardBytes.get(scheme)
    if (known !== undefined) return known
    const shardBytes = defaultShardBytesFor(codeOf(parseScheme(scheme)).totalShards)
    if (this.#defaultShardBytes.size === maximumCodings) this.#defaultShardBytes.clear()
    this.#defaultShardBytes.set(scheme, shardBytes)
    return shardBytes
  }
}

async function openCoding(scheme: string, shardBytes: number): Promise<Coding> {
  const codec = await createCodec(scheme)
  const { dataShards, totalShards, shardAlignmentBytes: alignmentBytes } = codec
  const geometry = { dataShards, totalShards, alignmentBytes, shardBytes }
  if (shardBytesFor(geometry, dataShards * shardBytes - 16) !== shardBytes) {
    throw new RangeError(`shards of ${scheme} must be a multiple of ${alignmentBytes} bytes long, not ${shardBytes}`)
  }
  const parity = stripeGeometryOf(codec.scheme)
  return { codec, geometry, parity, stripes: new Stripes(codec, shardBytes) }
}

function defaultShardBytesFor(totalShards: number): number {
  const fitting = 2 ** Math.floor(Math.log2(maximumDefaultStripeBytes / totalShards))
  return Math.min(defaultShardBytes, fitting)
}
