/**
 * A whole body comes with its header in one positioned read. Of a long body a range is read with the pieces around it and,
 * when these do not follow the header, with the header beside them. The header must name the shard, the segment and the
 * offset that were meant; then the body is checked as a whole, or piece by piece against the checksum table.
 */
import type { Logger } from '../../ports/logger.ts'
import type { Memory } from '../../ports/shard-store.ts'
import { bodyMatches, pieceBytes, piecesMatch, tableBytes } from '../body-checks.ts'
import type { ByteRange } from '../checked-write.ts'
import { diskFailure, StoreError } from '../store-error.ts'
import { shortestDirectReadBytes } from './direct-file.ts'
import { blockBytes, blockCeil, recordBytes, recordHeaderBytes } from './layout.ts'
import { readFooter } from './read-footer.ts'
import { decodeRecordHeader, lengthOf, type RecordHeader, recordKinds } from './record.ts'
import type { SegmentFiles } from './segment-files.ts'
import type { Entry } from './shard-index.ts'

export interface ShardReaderComponents {
  readonly files: SegmentFiles
  readonly logger: Logger
  readonly unitTag: Uint8Array
}

export interface StoredRecord {
  readonly runId: Uint8Array
  readonly body: Uint8Array
}

/** Reads shards that are on the disk. */
export class ShardReader {
  readonly #components: ShardReaderComponents

  constructor(components: ShardReaderComponents) {
    this.#components = components
  }

  /**
   * A range within the body.
   * @param memory for a body, or most of one
   * @throws StoreError SHARD_CORRUPT, STORE_FAILED
   */
  async range(entry: Entry, range: ByteRange, memory: Memory = ownMemory): Promise<Uint8Array> {
    const spansMost = range.lengthBytes * 2 > entry.lengthBytes
    try {
      if (entry.lengthBytes > pieceBytes && !spansMost) return await this.#pieces(entry, range)
      const { body } = this.#decoded(await this.#readRecord(entry, memory), entry)
      return range.lengthBytes === body.length ? body : bytesOf(body, range.offsetBytes, range.lengthBytes)
    } catch (cause) {
      throw this.#failure(entry, cause)
    }
  }

  /** @returns undefined when the record is damaged. @throws StoreError STORE_FAILED */
  async record(entry: Entry): Promise<StoredRecord | undefined> {
    try {
      const { header, body } = this.#decoded(await this.#readRecord(entry, ownMemory), entry)
      return { runId: header.runId, body }
    } catch (cause) {
      const error = this.#failure(entry, cause)
      if (error.code === 'SHARD_CORRUPT') return undefined
      throw error
    }
  }

  /**
   * The encode run of a shard: its header says it, and once the segment is sealed the footer too.
   * @throws StoreError SHARD_CORRUPT, STORE_FAILED
   */
  async runId(entry: Entry): Promise<Uint8Array> {
    const headBytes = recordHeaderBytes + tableBytes(entry.lengthBytes)
    try {
      const header = this.#headerOf(await this.#read(entry, headBytes, 0), entry) ?? (await this.#footerEntryOf(entry))
      if (header === undefined) throw corrupt(entry)
      return header.runId.slice()
    } catch (cause) {
      throw this.#failure(entry, cause)
    }
  }

  /** @throws StoreError SHARD_CORRUPT unless the bytes are the record that is meant */
  #decoded(bytes: Buffer, entry: Entry): { header: RecordHeader; body: Uint8Array } {
    const header = this.#headerOf(bytes, entry)
    if (header === undefined || bytes.length < lengthOf(header)) throw corrupt(entry)
    const body = bytesOf(bytes, recordHeaderBytes + tableBytes(entry.lengthBytes), entry.lengthBytes)
    if (!bodyMatches(body, entry.checksum)) throw corrupt(entry)
    return { header, body }
  }

  async #pieces(entry: Entry, range: ByteRange): Promise<Uint8Array> {
    const headBytes = recordHeaderBytes + tableBytes(entry.lengthBytes)
    const firstPiece = Math.floor(range.offsetBytes / pieceBytes)
    const start = firstPiece * pieceBytes
    const rangeEnd = range.offsetBytes + range.lengthBytes
    const end = Math.min(Math.ceil(rangeEnd / pieceBytes) * pieceBytes, entry.lengthBytes)
    let head: Buffer
    let pieces: Buffer
    if (firstPiece === 0) {
      const both = await this.#read(entry, headBytes + end, 0)
      head = both.subarray(0, headBytes)
      pieces = both.subarray(headBytes)
    } else {
      ;[head, pieces] = await Promise.all([
        this.#read(entry, headBytes, 0),
        this.#read(entry, end - start, headBytes + start),
      ])
    }
    const isWhole = this.#headerOf(head, entry) !== undefined && pieces.length === end - start
    if (!isWhole || !piecesMatch(pieces, firstPiece, head.subarray(recordHeaderBytes))) throw corrupt(entry)
    return bytesOf(pieces, range.offsetBytes - start, range.lengthBytes)
  }

  /** The header that some bytes begin with, if it is the one that is meant. */
  #headerOf(bytes: Buffer, entry: Entry): RecordHeader | undefined {
    const header = decodeRecordHeader(bytes, this.#components.unitTag, entry.segment.number, entry.offsetBytes)
    return header !== undefined && isMeant(header, entry) ? header : undefined
  }

  async #footerEntryOf(entry: Entry): Promise<RecordHeader | undefined> {
    const { files, unitTag } = this.#components
    const { number, fileBytes } = entry.segment
    const read = (into: Buffer, offsetBytes: number) => files.read(number, into, offsetBytes)
    const footer = await readFooter(read, { segment: number, fileBytes }, unitTag)
    return (
      footer && [...footer.headers].find((header) => header.offsetBytes === entry.offsetBytes && isMeant(header, entry))
    )
  }

  #readRecord(entry: Entry, memory: Memory): Promise<Buffer> {
    return this.#components.files.read(entry.segment.number, memoryFor(entry, memory), entry.offsetBytes)
  }

  #read(entry: Entry, length: number, offsetBytes: number): Promise<Buffer> {
    return this.#components.files.read(entry.segment.number, ownMemory(length), entry.offsetBytes + offsetBytes)
  }

  #failure({ segment, offsetBytes }: Entry, cause: unknown): StoreError {
    const error = diskFailure('cannot read from the unit', cause)
    this.#components.logger.warn({ segment: segment.number, offsetBytes, error }, 'a shard cannot be read')
    return error
  }
}

/** What is read is the caller's, and must not hold on to a shared pool. */
const ownMemory: Memory = (length) => Buffer.allocUnsafeSlow(length)

/** A long record is laid into its memory as it lies in its blocks, so that it can be read right there. */
function memoryFor(entry: Entry, memory: Memory): Buffer {
  const length = recordBytes(entry.lengthBytes)
  if (length < shortestDirectReadBytes) return memory(length).subarray(0, length)
  const start = entry.offsetBytes % blockBytes
  return memory(blockCeil(start + length)).subarray(start, start + length)
}

function isMeant(header: RecordHeader, entry: Entry): boolean {
  return (
    header.kind === recordKinds.put &&
    header.bodyBytes === entry.lengthBytes &&
    header.checksum === entry.checksum &&
    Buffer.compare(header.id, entry.id) === 0
  )
}

function corrupt(entry: Entry): StoreError {
  return new StoreError('SHARD_CORRUPT', `segment ${entry.segment.number} is damaged at offset ${entry.offsetBytes}`)
}

function bytesOf(buffer: Uint8Array, offsetBytes: number, lengthBytes: number): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset + offsetBytes, lengthBytes)
}
