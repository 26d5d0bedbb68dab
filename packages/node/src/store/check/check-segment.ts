/**
 * Verifies one segment file: its header block, its footer, and every record with its body. What the footer says is held
 * against what lies there. Without a footer, as a killed node leaves it, the records are found by scanning; what is broken in
 * the last group then was never promised to anyone, and is no fault.
 */
import { bodyMatches, tableBytes } from '../body-checks.ts'
import { type ReadableFile, readFully } from '../segment/disk.ts'
import { blockBytes, maximumSegmentBytes, recordHeaderBytes } from '../segment/layout.ts'
import { readFooter } from '../segment/read-footer.ts'
import { decodeRecordHeader, lengthOf, type RecordHeader, recordKinds } from '../segment/record.ts'
import { scanSegment } from '../segment/scan.ts'
import { decodeSegmentHeader } from '../segment/segment-header.ts'

/**
 * - `sealed`: complete, with a footer.
 * - `unsealed`: was still being written when its node ended, or is now.
 * - `foreign`: not of this unit, or not to be understood.
 */
export type SegmentState = 'sealed' | 'unsealed' | 'foreign'

export interface SegmentVisitor {
  record(header: RecordHeader, isIntact: boolean): void
  /** Something is wrong. @param offsetBytes where, if it is in one place */
  problem(what: string, offsetBytes?: number): void
}

export async function checkSegment(
  file: ReadableFile,
  unitId: Uint8Array,
  segment: number,
  visitor: SegmentVisitor,
): Promise<SegmentState> {
  const fileBytes = await file.sizeBytes()
  const unitTag = unitId.subarray(8)
  const header = decodeSegmentHeader(await readFully(file, Buffer.alloc(blockBytes), 0))
  if (header === undefined) visitor.problem('the header block is damaged', 0)
  const isForeign = header !== undefined && (header.segment !== segment || Buffer.compare(header.unitId, unitId) !== 0)
  if (isForeign || fileBytes > maximumSegmentBytes) {
    visitor.problem('the file is not of this unit')
    return 'foreign'
  }
  const read = (into: Buffer, offsetBytes: number): Promise<Buffer> => readFully(file, into, offsetBytes)
  const footer = await readFooter(read, { segment, fileBytes }, unitTag)
  if (footer === undefined) return checkScanned(file, unitTag, segment, visitor, header !== undefined)
  if (header !== undefined && header.day !== footer.trailer.day)
    visitor.problem('header and footer name different days')
  for (const expected of footer.headers) await checkRecord(file, unitTag, expected, visitor)
  return 'sealed'
}

/** Holds a record against its entry in the footer. */
async function checkRecord(
  file: ReadableFile,
  unitTag: Uint8Array,
  expected: RecordHeader,
  visitor: SegmentVisitor,
): Promise<void> {
  const { segment, offsetBytes, bodyBytes, kind, checksum, sequence } = expected
  const bytes = await readFully(file, Buffer.allocUnsafe(lengthOf(expected)), offsetBytes)
  const found = decodeRecordHeader(bytes, unitTag, segment, offsetBytes)
  const isMeant =
    found !== undefined &&
    found.sequence === sequence &&
    found.kind === kind &&
    Buffer.compare(found.id, expected.id) === 0
  const isPut = kind === recordKinds.put
  const body = bytes.subarray(recordHeaderBytes + (isPut ? tableBytes(bodyBytes) : 0))
  const isIntact = isMeant && (!isPut || (body.length === bodyBytes && bodyMatches(body, checksum)))
  if (!isIntact) visitor.problem(isMeant ? 'the body of a shard is damaged' : 'a record is damaged', offsetBytes)
  visitor.record(expected, isIntact)
}

async function checkScanned(
  file: ReadableFile,
  unitTag: Uint8Array,
  segment: number,
  visitor: SegmentVisitor,
  hasHeader: boolean,
): Promise<SegmentState> {
  const { durable, unsure, damagedOffsets } = await scanSegment(file, unitTag, segment)
  if (!hasHeader && durable.length + unsure.length === 0) return 'foreign'
  const damaged = new Set(damagedOffsets)
  for (const offsetBytes of damagedOffsets) visitor.problem('something is damaged', offsetBytes)
  for (const { header } of durable) visitor.record(header, !damaged.has(header.offsetBytes))
  for (const { header } of unsure) visitor.record(header, true)
  return 'unsealed'
}
