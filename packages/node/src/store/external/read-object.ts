import { bodyMatches, pieceBytes, piecesMatch, tableBytes } from '../body-checks.ts'
import { type ByteRange, checkRange } from '../checked-write.ts'
import { StoreError } from '../store-error.ts'
import type { Bucket } from './bucket.ts'
import { formatShardName, type ShardName } from './shard-name.ts'

/** What a shard's object occupies. */
export function objectBytes({ lengthBytes }: ShardName): number {
  return tableBytes(lengthBytes) + lengthBytes
}

/**
 * A part of a shard's body, verified: all of it is read for more than half, else the pieces that the part touches.
 * @throws RangeError; StoreError SHARD_CORRUPT, STORE_FAILED
 */
export async function readObject(
  bucket: Bucket,
  name: ShardName,
  range: ByteRange = { offsetBytes: 0, lengthBytes: name.lengthBytes },
): Promise<Uint8Array> {
  checkRange(range, name.lengthBytes)
  const { offsetBytes, lengthBytes } = range
  const isMost = tableBytes(name.lengthBytes) === 0 || lengthBytes * 2 > name.lengthBytes
  const { bytes, startBytes } = isMost ? await readAll(bucket, name) : await readPieces(bucket, name, range)
  const from = offsetBytes - startBytes
  return Uint8Array.from(bytes.subarray(from, from + lengthBytes))
}

interface Part {
  readonly bytes: Uint8Array
  readonly startBytes: number
}

async function readAll(bucket: Bucket, name: ShardName): Promise<Part> {
  const object = formatShardName(name)
  const body = (await bucket.read(object))?.subarray(tableBytes(name.lengthBytes))
  if (body?.length !== name.lengthBytes || !bodyMatches(body, name.checksum)) throw corrupt(object)
  return { bytes: body, startBytes: 0 }
}

async function readPieces(bucket: Bucket, name: ShardName, { offsetBytes, lengthBytes }: ByteRange): Promise<Part> {
  const object = formatShardName(name)
  const headBytes = tableBytes(name.lengthBytes)
  const firstPiece = Math.floor(offsetBytes / pieceBytes)
  const startBytes = firstPiece * pieceBytes
  const endBytes = Math.min(Math.ceil((offsetBytes + lengthBytes) / pieceBytes) * pieceBytes, name.lengthBytes)
  if (endBytes === startBytes) return { bytes: new Uint8Array(0), startBytes }
  const [table, pieces] = await Promise.all([
    bucket.read(object, { offsetBytes: 0, lengthBytes: headBytes }),
    bucket.read(object, { offsetBytes: headBytes + startBytes, lengthBytes: endBytes - startBytes }),
  ])
  const isWhole = table?.length === headBytes && pieces?.length === endBytes - startBytes
  if (!isWhole || !piecesMatch(pieces, firstPiece, table)) throw corrupt(object)
  return { bytes: pieces, startBytes }
}

function corrupt(object: string): StoreError {
  return new StoreError('SHARD_CORRUPT', `object ${object} is damaged or gone`)
}
