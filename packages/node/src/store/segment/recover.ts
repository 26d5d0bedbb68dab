/**
 * Opens the segments of a unit: sealed ones by their footer, the others by scanning them and adding the footer they lack.
 * Files that are not ours, or that make no sense, are reported and left alone.
 */
import type { Logger } from '../../ports/logger.ts'
import { diskFailure } from '../store-error.ts'
import { never } from './deletion-day.ts'
import { type Disk, type DiskFile, readFully } from './disk.ts'
import { decodeEntries, decodeTrailer, encodeFooter, type Trailer } from './footer.ts'
import { blockBytes, blockCeil, maximumSegmentBytes, recordHeaderBytes, trailerBytes } from './layout.ts'
import type { RecordHeader } from './record.ts'
import type { Replay } from './replay.ts'
import { type ScannedRecord, scanSegment } from './scan.ts'
import { decodeSegmentHeader, type SegmentHeader } from './segment-header.ts'
import { newSegment, type Segment, type Segments, segmentFileName } from './segments.ts'
import { type UnitIdentity, unitTagOf } from './unit-identity.ts'

export interface RecoveryComponents {
  readonly disk: Disk
  readonly logger: Logger
  readonly identity: UnitIdentity
  readonly segments: Segments
  readonly replay: Replay
}

/**
 * Takes one segment file into the books, unless it is not ours.
 * @throws StoreError STORE_FAILED, STORE_FULL when the disk does not let it be read, or sealed
 */
export async function recoverSegment(components: RecoveryComponents, number: number): Promise<void> {
  const { disk, segments, replay } = components
  const name = segmentFileName(number)
  let file: DiskFile | undefined
  try {
    file = await disk.open(name)
    const found = (await readSealed(components, file, number)) ?? (await readScanned(components, file, number))
    if (found === undefined) return
    segments.add(found.segment)
    for (const header of found.headers) replay.add(header, found.segment)
  } catch (error) {
    throw diskFailure(`cannot open ${name}`, error)
  } finally {
    await file?.close().catch(() => {})
  }
}

interface Found {
  readonly segment: Segment
  readonly headers: readonly RecordHeader[]
}

async function readSealed(
  { identity }: RecoveryComponents,
  file: DiskFile,
  number: number,
): Promise<Found | undefined> {
  const fileBytes = await file.sizeBytes()
  if (fileBytes % blockBytes !== 0 || fileBytes === 0) return undefined
  const unitTag = unitTagOf(identity)
  const trailerAt = fileBytes - trailerBytes
  const trailer = decodeTrailer(
    await readFully(file, Buffer.alloc(trailerBytes), trailerAt),
    fileBytes,
    unitTag,
    number,
  )
  if (trailer === undefined) return undefined
  const headers = decodeEntries(await readEntries(file, trailer), trailer, unitTag)
  if (headers === undefined) return undefined
  return { segment: { ...newSegment(number, trailer.day), fileBytes }, headers }
}

function readEntries(file: DiskFile, trailer: Trailer): Promise<Buffer> {
  return readFully(file, Buffer.allocUnsafeSlow(trailer.recordCount * recordHeaderBytes), trailer.footerOffsetBytes)
}

async function readScanned(components: RecoveryComponents, file: DiskFile, number: number): Promise<Found | undefined> {
  const { identity, logger } = components
  const header = decodeSegmentHeader(await readFully(file, Buffer.alloc(blockBytes), 0))
  const { records, damagedOffsets } = await scanSegment(file, unitTagOf(identity), number)
  const fileBytes = await file.sizeBytes()
  const isOurs = header === undefined ? records.length > 0 : names(header, identity, number)
  if (!isOurs || fileBytes > maximumSegmentBytes) {
    logger.error({ segment: number }, 'a segment file is not of this unit, or cannot be understood: it is left alone')
    return undefined
  }
  if (header === undefined) logger.error({ segment: number }, 'the header of a segment is damaged')
  if (damagedOffsets.length > 0) logger.error({ segment: number, damagedOffsets }, 'a segment is damaged')
  const segment = { ...newSegment(number, header?.day ?? never), fileBytes }
  // The records may be in the system's cache only; until they are synced, no put may be told that its shard is there.
  await file.sync()
  await addFooter(components, file, segment, records)
  return { segment, headers: records.map((record) => record.header) }
}

function names(header: SegmentHeader, identity: UnitIdentity, number: number): boolean {
  return header.segment === number && Buffer.compare(header.unitId, identity.id) === 0
}

/** On a disk that is full the segment stays as it is: it can be read, and is scanned again the next time. */
async function addFooter(
  { identity, logger }: RecoveryComponents,
  file: DiskFile,
  segment: Segment,
  records: readonly ScannedRecord[],
): Promise<void> {
  const { number, day } = segment
  const footerOffsetBytes = blockCeil(segment.fileBytes)
  const entries = records.map(({ headerBytes }) => headerBytes)
  const footer = encodeFooter(entries, { segment: number, day, footerOffsetBytes }, unitTagOf(identity))
  try {
    await file.write([footer], footerOffsetBytes)
    await file.sync()
  } catch (error) {
    logger.warn({ segment: number, error }, 'a segment cannot be sealed')
  }
  segment.fileBytes = await file.sizeBytes()
}
