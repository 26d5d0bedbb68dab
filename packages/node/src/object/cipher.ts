/**
 * Sealing a segment: AES-256-GCM (NIST SP 800-38D) under the object's own key. The key is used for one object only, so the
 * segment's number makes a nonce that never repeats; object id and number are authenticated too, so that no segment can be
 * passed off as another. The ciphertext, the 16-byte tag and zeros up to the shard boundary are laid over the data shards.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { CodedError } from '../coded-error.ts'
import { sealBytes } from './geometry.ts'
import type { ObjectKeys } from './keys.ts'

export class IntegrityError extends CodedError<'INTEGRITY'> {}

type SegmentKeys = Pick<ObjectKeys, 'objectId' | 'segmentKey'>

const algorithm = 'aes-256-gcm'

/** Seals the pieces of one segment into equally long data shards, which must hold them all. */
export function sealSegment(
  keys: SegmentKeys,
  stripe: number,
  plaintext: Iterable<Uint8Array>,
  shards: Uint8Array[],
): void {
  const cipher = createCipheriv(algorithm, keys.segmentKey, nonce(stripe))
  cipher.setAAD(keys.objectId)
  const layout = new ShardWriter(shards)
  for (const piece of plaintext) layout.write(cipher.update(piece))
  layout.write(cipher.final())
  layout.write(cipher.getAuthTag())
  layout.fillWithZeros()
}

/**
 * Opens one segment. Nothing of it is handed out before the tag has been checked.
 * @throws IntegrityError INTEGRITY
 */
export function openSegment(
  keys: SegmentKeys,
  stripe: number,
  shards: Uint8Array[],
  plaintextBytes: number,
): Uint8Array[] {
  const decipher = createDecipheriv(algorithm, keys.segmentKey, nonce(stripe))
  decipher.setAAD(keys.objectId)
  const plaintext: Uint8Array[] = []
  const tag = Buffer.alloc(sealBytes)
  let position = 0
  for (const shard of shards) {
    const text = shard.subarray(0, Math.max(0, plaintextBytes - position))
    if (text.length > 0) plaintext.push(decipher.update(text))
    const afterText = shard.subarray(text.length)
    const tagOffset = position + text.length - plaintextBytes
    if (tagOffset >= 0 && tagOffset < sealBytes) tag.set(afterText.subarray(0, sealBytes - tagOffset), tagOffset)
    position += shard.length
  }
  decipher.setAuthTag(tag)
  try {
    decipher.final()
  } catch (cause) {
    throw new IntegrityError('INTEGRITY', `segment ${stripe} is not what was stored; nothing of it was returned`, {
      cause,
    })
  }
  return plaintext
}

/** Seals an object of one segment into one piece, as it lies in its manifest. */
export function sealContent(keys: SegmentKeys, plaintext: Iterable<Uint8Array>, plaintextBytes: number): Uint8Array {
  const content = new Uint8Array(plaintextBytes + sealBytes)
  sealSegment(keys, 0, plaintext, [content])
  return content
}

/** What {@link sealContent} has sealed. @throws IntegrityError INTEGRITY */
export function openContent(keys: SegmentKeys, content: Uint8Array): Uint8Array[] {
  return openSegment(keys, 0, [content], content.length - sealBytes)
}

function nonce(stripe: number): Uint8Array {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt32BE(stripe, 8)
  return bytes
}

/** Lays bytes over shards as if they were one long array. */
class ShardWriter {
  readonly #shards: Uint8Array[]
  #shard = 0
  #offset = 0

  constructor(shards: Uint8Array[]) {
    this.#shards = shards
  }

  write(bytes: Uint8Array): void {
    let rest = bytes
    while (rest.length > 0) {
      const shard = this.#shards[this.#shard]
      if (shard === undefined) throw new RangeError('the segment is longer than its shards')
      const part = rest.subarray(0, shard.length - this.#offset)
      shard.set(part, this.#offset)
      rest = rest.subarray(part.length)
      this.#offset += part.length
      if (this.#offset === shard.length) {
        this.#shard += 1
        this.#offset = 0
      }
    }
  }

  fillWithZeros(): void {
    this.#shards[this.#shard]?.fill(0, this.#offset)
    for (const shard of this.#shards.slice(this.#shard + 1)) shard.fill(0)
  }
}
