/**
 * The walk of a get, from top to bottom:
 *
 *   capability → manifest → stripes of the range → fetch, rebuild what is missing, open → bytes in order
 *   capability → manifest → open                                   when the object lies in its manifest
 *
 * A few stripes are read ahead; nothing is handed out before its seal was checked, and every byte comes from the object or the
 * get fails.
 */
import { openObject, type StoredObject } from './catalog/stored-object.ts'
import { parseCapability } from './object/capability.ts'
import { openContent } from './object/cipher.ts'
import { segmentBytes } from './object/geometry.ts'
import { never } from './on-abort.ts'
import type { Peer } from './peer.ts'
import { readStripe } from './read-stripe.ts'
import { inWindow } from './transfer/window.ts'

export interface GetOptions {
  /** First byte to read. Default 0. */
  readonly offsetBytes?: number | undefined
  /** Bytes to read; fewer are returned where the object ends. Default: all from the offset on. */
  readonly lengthBytes?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Plaintext read ahead of the consumer. */
const windowBytes = 12 << 20
const maximumWindow = 16

/**
 * The bytes of an object, or of a range of it, in order.
 * @throws CapabilityError, SearchError, DownloadError NOT_ENOUGH_SHARDS, IntegrityError; RangeError when the offset is
 *   beyond the object's end; the signal's reason when aborted
 */
export async function* get(capability: string, options: GetOptions, peer: Peer): AsyncGenerator<Uint8Array> {
  const { offsetBytes = 0, lengthBytes = Number.MAX_SAFE_INTEGER, signal = never } = options
  atLeastZero('offsetBytes', offsetBytes)
  atLeastZero('lengthBytes', lengthBytes)
  const object = await openObject(parseCapability(capability), peer, signal)
  const { objectBytes } = object.manifest
  if (offsetBytes > objectBytes)
    throw new RangeError(`the object has ${objectBytes} bytes; offset ${offsetBytes} is beyond its end`)
  const range = { start: offsetBytes, end: Math.min(objectBytes, offsetBytes + lengthBytes) }
  if (object.manifest.content !== undefined) {
    for (const piece of partsIn(range, 0, openContent(object.keys, object.manifest.content))) yield piece
    return
  }
  const stripeBytes = segmentBytes(object.coding.geometry)
  const window = Math.max(2, Math.min(maximumWindow, Math.floor(windowBytes / stripeBytes)))
  const segments = inWindow(stripesIn(range, stripeBytes), window, (stripe, stop) =>
    readRange(object, stripe, range, peer, AbortSignal.any([signal, stop])),
  )
  for await (const pieces of segments) for (const piece of pieces) yield piece
}

interface ByteRange {
  readonly start: number
  readonly end: number
}

function* stripesIn({ start, end }: ByteRange, stripeBytes: number): Generator<number> {
  for (let stripe = Math.floor(start / stripeBytes); stripe * stripeBytes < end; stripe += 1) yield stripe
}

/** The part of a stripe's segment that lies in the range. */
async function readRange(
  object: StoredObject,
  stripe: number,
  range: ByteRange,
  peer: Peer,
  signal: AbortSignal,
): Promise<Uint8Array[]> {
  const pieces = await readStripe(object, stripe, peer, signal)
  return partsIn(range, stripe * segmentBytes(object.coding.geometry), pieces)
}

/** @param startBytes where in the object the pieces begin */
function partsIn(range: ByteRange, startBytes: number, pieces: readonly Uint8Array[]): Uint8Array[] {
  let position = startBytes
  return pieces.flatMap((piece) => {
    const part = piece.subarray(Math.max(0, range.start - position), Math.max(0, range.end - position))
    position += piece.length
    return part.length > 0 ? [part] : []
  })
}

function atLeastZero(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`${name} must be a whole number of bytes, got ${value}`)
}
