/**
 * A whole body comes with its header in one positioned read. Of a long body a range is read with the pieces around it and,
 * when these do not follow the header, with the header beside them. The header must name the shard, the segment and the
 * offset that were meant; then the body is checked as a whole, or piece by piece against the checksum table.
 */
import type { ByteRange } from '../checked-write.ts'
import { StoreError } from '../store-error.ts'
import { bodyMatches, piecesMatch } from './body-checks.ts'
import { pieceBytes, recordBytes, recordHeaderBytes, tableBytes } from './layout.ts'
import { decodeRecordHeader, recordKinds } from './record.ts'
import type { SegmentFiles } from './segment-files.ts'
import type { Entry } from './shard-index.ts'

/**
 * Reads a range, within the body, of a shard that is on the disk.
 * @throws StoreError SHARD_CORRUPT; the disk's error
 */
export async function readShard(
  files: SegmentFiles,
  unitTag: Uint8Array,
  entry: Entry,
  range: ByteRange,
): Promise<Uint8Array> {
  const spansMost = range.lengthBytes * 2 > entry.lengthBytes
  if (entry.lengthBytes > pieceBytes && !spansMost) return readPieces(files, unitTag, entry, range)
  const record = await files.read(entry.segment.number, bufferOf(recordBytes(entry.lengthBytes)), entry.offsetBytes)
  checkHead(record, unitTag, entry)
  const body = record.subarray(recordHeaderBytes + tableBytes(entry.lengthBytes))
  if (body.length !== entry.lengthBytes || !bodyMatches(body, entry.checksum)) throw corrupt(entry)
  return bytesOf(body, range.offsetBytes, range.lengthBytes)
}

async function readPieces(
  files: SegmentFiles,
  unitTag: Uint8Array,
  entry: Entry,
  range: ByteRange,
): Promise<Uint8Array> {
  const headBytes = recordHeaderBytes + tableBytes(entry.lengthBytes)
  const firstPiece = Math.floor(range.offsetBytes / pieceBytes)
  const start = firstPiece * pieceBytes
  const end = Math.min(Math.ceil((range.offsetBytes + range.lengthBytes) / pieceBytes) * pieceBytes, entry.lengthBytes)
  const read = (length: number, offset: number) =>
    files.read(entry.segment.number, bufferOf(length), entry.offsetBytes + offset)
  let head: Buffer
  let pieces: Buffer
  if (firstPiece === 0) {
    const both = await read(headBytes + end, 0)
    head = both.subarray(0, headBytes)
    pieces = both.subarray(headBytes)
  } else {
    ;[head, pieces] = await Promise.all([read(headBytes, 0), read(end - start, headBytes + start)])
  }
  checkHead(head, unitTag, entry)
  if (pieces.length !== end - start || !piecesMatch(pieces, firstPiece, head.subarray(recordHeaderBytes))) {
    throw corrupt(entry)
  }
  return bytesOf(pieces, range.offsetBytes - start, range.lengthBytes)
}

function checkHead(bytes: Buffer, unitTag: Uint8Array, entry: Entry): void {
  const header = decodeRecordHeader(bytes, unitTag, entry.segment.number, entry.offsetBytes)
  const isMeant =
    header?.kind === recordKinds.put &&
    header.bodyBytes === entry.lengthBytes &&
    header.checksum === entry.checksum &&
    Buffer.compare(header.id, entry.id) === 0
  if (!isMeant) throw corrupt(entry)
}

function corrupt(entry: Entry): StoreError {
  return new StoreError('SHARD_CORRUPT', `segment ${entry.segment.number} is damaged at offset ${entry.offsetBytes}`)
}

/** Memory of its own: what is read is the caller's, and must not hold on to a shared pool. */
function bufferOf(length: number): Buffer {
  return Buffer.allocUnsafeSlow(length)
}

function bytesOf(buffer: Buffer, offsetBytes: number, lengthBytes: number): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset + offsetBytes, lengthBytes)
}
