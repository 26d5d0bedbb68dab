/**
 * Finds the records of a segment that has no footer, because its writer was killed, lost power, or could not write.
 *
 * A group is only begun when the one before it is durable. So whatever a crash tore lies in the *last* group: what is
 * broken there was never acknowledged and is left out in silence, and what is whole there may have been acknowledged or
 * not. What is broken in front of a later group was durable once and has been damaged since: a put whose header is readable
 * is kept, so that its reader learns of the damage, and the rest is reported. Every record names the offset of its group,
 * so the scan can tell even when a group's start is gone.
 *
 * After a broken header the scan goes on at the next block, where groups begin. Bodies are skipped by their length, and a
 * header must name its own place and the unit's secret tag, so nothing inside a body is taken for a record.
 */
import { maximumShardBytes } from '../../ports/shard-store.ts'
import { bodyMatches, tableBytes } from '../body-checks.ts'
import { type ReadableFile, readFully } from './disk.ts'
import { blockBytes, maximumRecords, maximumSegmentBytes, recordHeaderBytes } from './layout.ts'
import { decodeRecordHeader, lengthOf, type RecordHeader, recordKinds } from './record.ts'

interface ScannedRecord {
  readonly header: RecordHeader
  /** The header's bytes as a footer keeps them. */
  readonly headerBytes: Uint8Array
}

interface FoundRecord extends ScannedRecord {
  readonly intact: boolean
}

/** Pads are left out. */
export interface Scan {
  /** The records of all groups but the last, damaged bodies included. */
  readonly durable: ScannedRecord[]
  /** The whole records of the last group. */
  readonly unsure: ScannedRecord[]
  /** Places in front of the last group where something is broken. */
  readonly damagedOffsets: number[]
}

const windowBytes = 4 << 20
/** A header with the longest checksum table there is. */
const longestHead = recordHeaderBytes + tableBytes(maximumShardBytes)

/** Bounded by the file's length, the longest segment, and {@link maximumRecords}. */
export async function scanSegment(file: ReadableFile, unitTag: Uint8Array, segment: number): Promise<Scan> {
  const endBytes = Math.min(await file.sizeBytes(), maximumSegmentBytes + blockBytes)
  const window = new Window(file, Math.min(endBytes, windowBytes))
  const found: FoundRecord[] = []
  const broken: number[] = []
  let lastGroup = 0
  let offset = blockBytes
  while (offset + recordHeaderBytes <= endBytes && found.length < maximumRecords) {
    const record = await window.recordAt(offset, unitTag, segment)
    if (record === undefined) {
      broken.push(offset)
      offset = (Math.floor(offset / blockBytes) + 1) * blockBytes
      continue
    }
    const { header } = record
    lastGroup = Math.max(lastGroup, header.groupOffsetBytes)
    if (header.kind !== recordKinds.pad) found.push(record)
    offset += lengthOf(header)
  }
  const isLast = ({ header }: FoundRecord) => header.groupOffsetBytes === lastGroup
  const durable = found.filter((record) => !isLast(record))
  const damaged = durable.filter(({ intact }) => !intact)
  return {
    durable,
    unsure: found.filter((record) => isLast(record) && record.intact),
    damagedOffsets: [...broken.filter((at) => at < lastGroup), ...damaged.map(({ header }) => header.offsetBytes)],
  }
}

/** A part of the file in memory that moves forward with the scan: few large reads instead of many small ones. */
class Window {
  readonly #file: ReadableFile
  readonly #buffer: Buffer
  #start = 0
  #bytes: Buffer

  constructor(file: ReadableFile, length: number) {
    this.#file = file
    this.#buffer = Buffer.allocUnsafeSlow(length)
    this.#bytes = this.#buffer.subarray(0, 0)
  }

  async recordAt(offset: number, unitTag: Uint8Array, segment: number): Promise<FoundRecord | undefined> {
    const head = Buffer.from((await this.#bytesAt(offset, longestHead)).subarray(0, longestHead))
    const header = decodeRecordHeader(head, unitTag, segment, offset)
    if (header === undefined) return undefined
    const record = await this.#bytesAt(offset, lengthOf(header))
    const body = record.subarray(lengthOf(header) - header.bodyBytes, lengthOf(header))
    const intact = header.kind !== recordKinds.put || bodyMatches(body, header.checksum)
    return { header, headerBytes: head.subarray(0, recordHeaderBytes), intact }
  }

  /** The bytes from `offset` on: at least `length` of them, less only at the end of the file. */
  async #bytesAt(offset: number, length: number): Promise<Buffer> {
    const from = offset - this.#start
    if (from >= 0 && from + length <= this.#bytes.length) return this.#bytes.subarray(from)
    this.#bytes = await readFully(this.#file, this.#buffer, offset)
    this.#start = offset
    return this.#bytes
  }
}
