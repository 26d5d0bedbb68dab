import { openObject } from './catalog/stored-object.ts'
import { parseCapability } from './object/capability.ts'
import type { Peer } from './peer.ts'

/** What the manifest tells of an object. */
export interface ObjectStat {
  /** Hexadecimal. */
  readonly objectId: string
  readonly objectBytes: number
  readonly scheme: string
  /** Length of a full shard. */
  readonly shardBytes: number
  readonly stripeCount: number
  readonly totalShards: number
  /** Losses per stripe that are always survived. */
  readonly tolerance: number
}

/** @throws CapabilityError, SearchError; the signal's reason when aborted */
export async function stat(capability: string, signal: AbortSignal, peer: Peer): Promise<ObjectStat> {
  const object = await openObject(parseCapability(capability), peer, signal)
  const { manifest, coding } = object
  return {
    objectId: Buffer.from(manifest.objectId).toString('hex'),
    objectBytes: manifest.objectBytes,
    scheme: manifest.scheme,
    shardBytes: manifest.shardBytes,
    stripeCount: object.stripeCount,
    totalShards: coding.codec.totalShards,
    tolerance: coding.codec.tolerance,
  }
}
