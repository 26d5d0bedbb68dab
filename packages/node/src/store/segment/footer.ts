/**
 * The end of a sealed segment: the headers of its records (pads left out) as they stand in the file, zeros up to the last
 * 64 bytes of a block, and the trailer. A reader takes the trailer from the end of the file, then the headers.
 *
 *   trailer: magic 16 │ version 2 │ zero 2 │ segment 4 │ day 4 │ record count 4 │ footer offset 4 │ CRC-32 of the headers 4 │
 *            unit tag 8 │ zero 12 │ CRC-32 of the trailer 4
 */
import { crc32 } from 'node:zlib'
import { blockBytes, footerBytes, formatVersion, maximumRecords, recordHeaderBytes, trailerBytes } from './layout.ts'
import { decodeFooterEntry, lengthOf, type RecordHeader } from './record.ts'

export interface Trailer {
  readonly segment: number
  readonly day: number
  readonly recordCount: number
  readonly footerOffsetBytes: number
  readonly checksum: number
}

const magic = Buffer.from('p2pstore footer\n')
const at = { version: 16, segment: 20, day: 24, count: 28, offset: 32, entries: 36, unitTag: 40, checksum: 60 }

/** `headers` are the records' headers as written, 96 bytes each, in pieces of any number of them. */
export function encodeFooter(
  headers: readonly Uint8Array[],
  place: { segment: number; day: number; footerOffsetBytes: number },
  unitTag: Uint8Array,
): Buffer {
  const lengthBytes = headers.reduce((sum, piece) => sum + piece.length, 0)
  const recordCount = lengthBytes / recordHeaderBytes
  const footer = Buffer.alloc(footerBytes(recordCount))
  let offset = 0
  for (const piece of headers) {
    footer.set(piece, offset)
    offset += piece.length
  }
  const trailer = footer.subarray(footer.length - trailerBytes)
  trailer.set(magic)
  trailer.writeUInt16LE(formatVersion, at.version)
  trailer.writeUInt32LE(place.segment, at.segment)
  trailer.writeUInt32LE(place.day, at.day)
  trailer.writeUInt32LE(recordCount, at.count)
  trailer.writeUInt32LE(place.footerOffsetBytes, at.offset)
  trailer.writeUInt32LE(crc32(footer.subarray(0, lengthBytes)), at.entries)
  trailer.set(unitTag, at.unitTag)
  trailer.writeUInt32LE(crc32(trailer.subarray(0, at.checksum)), at.checksum)
  return footer
}

/** The trailer of this segment of this unit in a file of `fileBytes`; undefined when the bytes are anything else. */
export function decodeTrailer(
  bytes: Buffer,
  fileBytes: number,
  unitTag: Uint8Array,
  segment: number,
): Trailer | undefined {
  if (bytes.length < trailerBytes || bytes.compare(magic, 0, magic.length, 0, magic.length) !== 0) return undefined
  if (bytes.readUInt16LE(at.version) !== formatVersion || bytes.readUInt32LE(at.segment) !== segment) return undefined
  if (bytes.compare(unitTag, 0, unitTag.length, at.unitTag, at.unitTag + unitTag.length) !== 0) return undefined
  if (crc32(bytes.subarray(0, at.checksum)) !== bytes.readUInt32LE(at.checksum)) return undefined
  const trailer = {
    segment,
    day: bytes.readUInt32LE(at.day),
    recordCount: bytes.readUInt32LE(at.count),
    footerOffsetBytes: bytes.readUInt32LE(at.offset),
    checksum: bytes.readUInt32LE(at.entries),
  }
  const fits = trailer.footerOffsetBytes + footerBytes(trailer.recordCount) === fileBytes
  const starts = trailer.footerOffsetBytes >= blockBytes && trailer.footerOffsetBytes % blockBytes === 0
  return trailer.recordCount <= maximumRecords && fits && starts ? trailer : undefined
}

/** The headers of a footer; undefined when any of them is damaged or points outside the file. */
export function decodeEntries(entries: Buffer, trailer: Trailer, unitTag: Uint8Array): RecordHeader[] | undefined {
  const isWhole = entries.length === trailer.recordCount * recordHeaderBytes && crc32(entries) === trailer.checksum
  if (!isWhole) return undefined
  const headers: RecordHeader[] = []
  for (let offset = 0; offset < entries.length; offset += recordHeaderBytes) {
    const bytes = entries.subarray(offset, offset + recordHeaderBytes)
    const header = decodeFooterEntry(bytes, unitTag, trailer.segment)
    if (header === undefined || header.offsetBytes + lengthOf(header) > trailer.footerOffsetBytes) return undefined
    headers.push(header)
  }
  return headers
}
