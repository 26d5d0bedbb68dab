import { crc32 } from 'node:zlib'
import { blockBytes, formatVersion } from './layout.ts'

/** The first block of a segment file. */
export interface SegmentHeader {
  /** 16 bytes: the unit that the file belongs to. */
  readonly unitId: Uint8Array
  readonly segment: number
  /** The deletion day of its bucket. */
  readonly day: number
}

const magic = Buffer.from('p2pstore segment')
const at = { version: 16, unitId: 20, segment: 36, day: 40, checksum: blockBytes - 4 }

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const block = Buffer.alloc(blockBytes)
  block.set(magic)
  block.writeUInt16LE(formatVersion, at.version)
  block.set(header.unitId, at.unitId)
  block.writeUInt32LE(header.segment, at.segment)
  block.writeUInt32LE(header.day, at.day)
  block.writeUInt32LE(crc32(block.subarray(0, at.checksum)), at.checksum)
  return block
}

/** Undefined when the block is damaged or of another version. */
export function decodeSegmentHeader(block: Buffer): SegmentHeader | undefined {
  if (block.length < blockBytes || block.compare(magic, 0, magic.length, 0, magic.length) !== 0) return undefined
  if (block.readUInt16LE(at.version) !== formatVersion) return undefined
  if (crc32(block.subarray(0, at.checksum)) !== block.readUInt32LE(at.checksum)) return undefined
  return {
    unitId: block.subarray(at.unitId, at.unitId + 16),
    segment: block.readUInt32LE(at.segment),
    day: block.readUInt32LE(at.day),
  }
}
