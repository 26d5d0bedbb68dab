/**
 * Every key of an object, derived from its one secret (HKDF-SHA-256, RFC 5869, salted with the network's id):
 *
 *   object id     where the object is found; public
 *   segment key   AES-256-GCM over the object's segments; never leaves the reader or writer
 *   manifest key  HMAC-SHA-256 over the manifest, so that only a writer can have made it
 *   delete key    shown to nodes to delete; they know its hash, the encode run's id, from the first write
 */
import { createHash, hkdfSync } from 'node:crypto'

/** Bytes of the secret that a read capability carries. */
export const secretBytes = 32

export interface ObjectKeys {
  /** 16 bytes. */
  readonly objectId: Uint8Array
  /** 32 bytes. */
  readonly segmentKey: Uint8Array
  /** 32 bytes. */
  readonly manifestKey: Uint8Array
  /** 32 bytes. */
  readonly deleteKey: Uint8Array
  /** 16 bytes, on every shard of the run. */
  readonly runId: Uint8Array
}

export function deriveObjectKeys(secret: Uint8Array, networkId: Uint8Array): ObjectKeys {
  const derive = (purpose: string, lengthBytes: number) =>
    new Uint8Array(hkdfSync('sha256', secret, networkId, `p2pstore ${purpose} 1`, lengthBytes))
  const deleteKey = derive('delete', 32)
  return {
    objectId: derive('object id', 16),
    segmentKey: derive('segment', 32),
    manifestKey: derive('manifest', 32),
    deleteKey,
    runId: runIdOf(deleteKey),
  }
}

/** The encode run that a delete key may delete. */
export function runIdOf(deleteKey: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(deleteKey).digest().subarray(0, 16))
}
