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
  /** 0 when the object is empty or lies in its manifest. */
  readonly stripeCount: number
  /** Whether the object lies in its manifest, whole, and every copy of that is a copy of the object. */
  readonly isInline: boolean
  readonly totalShards: number
  /** Losses per stripe that are always survived; there is one copy more of every record. */
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
    isInline: manifest.content !== undefined,
    totalShards: coding.codec.totalShards,
    tolerance: coding.codec.tolerance,
  }
}
