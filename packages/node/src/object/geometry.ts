/**
 * How an object's bytes fall into segments, stripes, shards and pages. A segment of plaintext is sealed (16 bytes longer),
 * cut into k data shards of equal length and coded into a stripe of n shards. Every stripe is full but the last, whose
 * shards are as short as its segment allows, so that a small object makes small shards.
 */
export interface Geometry {
  /** k. */
  readonly dataShards: number
  /** n = k + m. */
  readonly totalShards: number
  /** Shard lengths are multiples of this. */
  readonly alignmentBytes: number
  /** Length of a full stripe's shards. */
  readonly shardBytes: number
}

/** Bytes that AES-GCM adds to a segment. */
export const sealBytes = 16

/** Entries (stripes × shards) on a page: with 32 B of hash, 20 B of location and at worst one node name of 60 B each, below 1 MiB. */
const maximumPageEntries = 8192

/** Plaintext bytes of a full segment. */
export function segmentBytes(geometry: Geometry): number {
  return geometry.dataShards * geometry.shardBytes - sealBytes
}

export function stripeCount(geometry: Geometry, objectBytes: number): number {
  return Math.ceil(objectBytes / segmentBytes(geometry))
}

/** Plaintext bytes of one segment of an object. */
export function segmentBytesAt(geometry: Geometry, objectBytes: number, stripe: number): number {
  return Math.min(segmentBytes(geometry), objectBytes - stripe * segmentBytes(geometry))
}

/** Length of the shards that hold a segment of `plaintextBytes`. */
export function shardBytesFor(geometry: Geometry, plaintextBytes: number): number {
  const shortest = Math.ceil((plaintextBytes + sealBytes) / geometry.dataShards)
  return Math.ceil(shortest / geometry.alignmentBytes) * geometry.alignmentBytes
}

/** A power of two, so that the page of a stripe is found by shifting. */
export function stripesPerPage(totalShards: number): number {
  return 2 ** Math.floor(Math.log2(maximumPageEntries / totalShards))
}

export function pageCount(geometry: Geometry, objectBytes: number): number {
  return Math.ceil(stripeCount(geometry, objectBytes) / stripesPerPage(geometry.totalShards))
}
