/**
 * Every key of an object, derived from its one secret (HKDF-SHA-256, RFC 5869, salted with the network's id):
 *
 *   object id     where the object is found; public
 *   segment key   AES-256-GCM over the object's segments; never leaves the reader or writer
 *   manifest key  HMAC-SHA-256 over the manifest, so that only a writer can have made it
 *   delete key    shown to nodes to delete; they know its hash, the encode run's id, from the first write
 */
import { createHmac, hash } from 'node:crypto'

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
  return new DerivedKeys(secret, networkId)
}

/** Each key is derived when it is first asked for: a read needs three of the five. */
class DerivedKeys implements ObjectKeys {
  readonly #extracted: Uint8Array
  readonly #known = new Map<keyof ObjectKeys, Uint8Array>()

  constructor(secret: Uint8Array, networkId: Uint8Array) {
    this.#extracted = hmac(networkId, secret)
  }

  get objectId(): Uint8Array {
    return this.#once('objectId', () => this.#expand('object id').slice(0, 16))
  }

  get segmentKey(): Uint8Array {
    return this.#once('segmentKey', () => this.#expand('segment'))
  }

  get manifestKey(): Uint8Array {
    return this.#once('manifestKey', () => this.#expand('manifest'))
  }

  get deleteKey(): Uint8Array {
    return this.#once('deleteKey', () => this.#expand('delete'))
  }

  get runId(): Uint8Array {
    return this.#once('runId', () => runIdOf(this.deleteKey))
  }

  #once(name: keyof ObjectKeys, make: () => Uint8Array): Uint8Array {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const made = make()
    this.#known.set(name, made)
    return made
  }

  /** HKDF-Expand of as many bytes as one block has: HMAC(extracted, info ‖ 1). */
  #expand(purpose: string): Uint8Array {
    return hmac(this.#extracted, Buffer.from(`p2pstore ${purpose} 1\u0001`, 'latin1'))
  }
}

/** HMAC-SHA-256. HKDF is made of it; `hkdfSync` would extract anew for every key, and takes three times as long for one. */
function hmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac('sha256', key).update(message).digest())
}

/** The encode run that a delete key may delete. */
export function runIdOf(deleteKey: Uint8Array): Uint8Array {
  return new Uint8Array(hash('sha256', deleteKey, 'buffer').subarray(0, 16))
}
