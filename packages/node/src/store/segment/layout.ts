/**
 * The measures of a segment file; docs/format.md gives them byte by byte.
 *
 *   header block 4 KiB │ group │ group │ … │ footer
 *
 * A group is what one fdatasync made durable: records without gaps, then a pad record up to the next 4 KiB. The padding is
 * not thrift wasted: a disk writes whole sectors, so appending to a sector that holds an acknowledged record puts that
 * record at risk again until the next sync. Starting every group on a block of its own leaves old blocks alone for ever.
 *
 * A segment is written by one run of the store only. Whoever finds one without a footer scans it, adds the footer behind
 * whatever lies at its end, and never appends a record to it.
 */
import { tableBytes } from '../body-checks.ts'

export const formatVersion = 1

/** Everything that is synced on its own begins and ends on a multiple of this. */
export const blockBytes = 4096
export const recordHeaderBytes = 96
export const trailerBytes = 64
/** Footer entries, and so the memory and time that one segment can cost, are bounded by this. */
export const maximumRecords = 65_536
/** Offsets are 32 bits. Data ends early enough that a footer of any size still fits. */
export const maximumSegmentBytes = 2 ** 31

/** Bytes of a whole record. */
export function recordBytes(bodyBytes: number): number {
  return recordHeaderBytes + tableBytes(bodyBytes) + bodyBytes
}

export function blockCeil(bytes: number): number {
  return Math.ceil(bytes / blockBytes) * blockBytes
}

/** Bytes of the pad record that follows a record that ends at `endBytes`: none, or enough for its own header. */
export function padBytes(endBytes: number): number {
  const gap = blockCeil(endBytes) - endBytes
  return gap > 0 && gap < recordHeaderBytes ? gap + blockBytes : gap
}

/** Bytes of the footer of a segment with that many records. */
export function footerBytes(recordCount: number): number {
  return blockCeil(recordCount * recordHeaderBytes + trailerBytes)
}
