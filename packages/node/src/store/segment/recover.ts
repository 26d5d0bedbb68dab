/**
 * Opens the segments of a unit: sealed ones by their footer, the others by scanning them. Files that are not ours, or that
 * make no sense, are reported and left alone.
 *
 * What the last group of an unsealed segment holds may be in the system's cache only, even after a sync that succeeds: the
 * one before may have failed, in a process that is no more, and what it could not write is then forgotten. So whatever now
 * holds for their ids is written once more, elsewhere; then the segment gets a footer, which leaves these records out.
 */
import type { Logger } from '../../ports/logger.ts'
import { diskFailure } from '../store-error.ts'
import { never } from './deletion-day.ts'
import { type Disk, type DiskFile, readFully } from './disk.ts'
import { encodeFooter } from './footer.ts'
import { blockBytes, blockCeil, maximumSegmentBytes } from './layout.ts'
import { readFooter } from './read-footer.ts'
import type { Replay } from './replay.ts'
import { type Scan, scanSegment } from './scan.ts'
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

/** A segment that still needs its footer. Until then it counts as open. */
export interface Unsealed {
  readonly segment: Segment
  readonly scan: Scan
}

/**
 * Takes one segment file into the books, unless it is not ours.
 * @throws StoreError STORE_FAILED when the disk does not let it be read
 */
export async function recoverSegment(components: RecoveryComponents, number: number): Promise<Unsealed | undefined> {
  const name = segmentFileName(number)
  let file: DiskFile | undefined
  try {
    file = await components.disk.open(name)
    const isSealed = await readSealed(components, file, number)
    return isSealed ? undefined : await readScanned(components, file, number)
  } catch (error) {
    throw diskFailure(`cannot open ${name}`, error)
  } finally {
    await file?.close().catch(() => {})
  }
}

/**
 * Adds the footer; what was unsure must be durable elsewhere. A disk that is full, or fails, leaves the segment readable;
 * it is scanned again the next time.
 */
export async function sealRecovered(components: RecoveryComponents, { segment, scan }: Unsealed): Promise<void> {
  const { disk, identity, logger, segments } = components
  const { number, day } = segment
  try {
    const file = await disk.open(segmentFileName(number))
    try {
      const footerOffsetBytes = blockCeil(await file.sizeBytes())
      const entries = scan.durable.map(({ headerBytes }) => headerBytes)
      const footer = encodeFooter(entries, { segment: number, day, footerOffsetBytes }, unitTagOf(identity))
      await file.write([footer], footerOffsetBytes)
      await file.sync()
    } finally {
      segments.resize(segment, await file.sizeBytes())
      await file.close()
    }
  } catch (error) {
    logger.warn({ segment: number, error }, 'a segment cannot be sealed')
  }
  segment.open = false
}

async function readSealed(components: RecoveryComponents, file: DiskFile, number: number): Promise<boolean> {
  const { identity, segments, replay } = components
  const fileBytes = await file.sizeBytes()
  const read = (into: Buffer, offsetBytes: number) => readFully(file, into, offsetBytes)
  const footer = await readFooter(read, { segment: number, fileBytes }, unitTagOf(identity))
  if (footer === undefined) return false
  const segment = { ...newSegment(number, footer.trailer.day), fileBytes }
  segments.add(segment)
  for (const header of footer.headers) replay.add(header, segment)
  return true
}

async function readScanned(
  components: RecoveryComponents,
  file: DiskFile,
  number: number,
): Promise<Unsealed | undefined> {
  const { identity, logger, segments, replay } = components
  const header = decodeSegmentHeader(await readFully(file, Buffer.alloc(blockBytes), 0))
  const scan = await scanSegment(file, unitTagOf(identity), number)
  const fileBytes = await file.sizeBytes()
  if (!isOurs(header, scan, identity, number) || fileBytes > maximumSegmentBytes) {
    logger.error({ segment: number }, 'a segment file is not of this unit, or cannot be understood: it is left alone')
    return undefined
  }
  report(header, scan, number, logger)
  const segment = { ...newSegment(number, header?.day ?? never), fileBytes, open: true }
  segments.add(segment)
  for (const record of scan.durable) replay.add(record.header, segment)
  for (const record of scan.unsure) replay.add(record.header, segment, { isUnsure: true })
  return { segment, scan }
}

function isOurs(header: SegmentHeader | undefined, scan: Scan, identity: UnitIdentity, number: number): boolean {
  if (header === undefined) return scan.durable.length + scan.unsure.length > 0
  return header.segment === number && Buffer.compare(header.unitId, identity.id) === 0
}

function report(header: SegmentHeader | undefined, scan: Scan, number: number, logger: Logger): void {
  if (header === undefined) logger.error({ segment: number }, 'the header of a segment is damaged')
  const { length: places } = scan.damagedOffsets
  if (places === 0) return
  logger.error(
    { segment: number, places, firstOffsetBytes: scan.damagedOffsets[0] },
    'a segment is damaged: its disk lost or changed what it had confirmed',
  )
}
