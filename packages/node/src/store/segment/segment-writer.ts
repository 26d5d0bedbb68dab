import { Batch } from './batch.ts'
import { createWhole, type Disk, type DiskFile } from './disk.ts'
import { encodeFooter } from './footer.ts'
import { blockBytes, blockCeil, footerBytes, maximumRecords } from './layout.ts'
import { encodeSegmentHeader } from './segment-header.ts'
import { type Segment, type Segments, segmentFileName } from './segments.ts'
import { type UnitIdentity, unitTagOf } from './unit-identity.ts'

export interface SegmentWriterComponents {
  readonly disk: Disk
  readonly segments: Segments
  readonly identity: UnitIdentity
}

/**
 * One segment while it grows: batches are planned at its end in memory, then written one at a time, then the footer. The
 * file is made with the first batch. After any error the file is never written again: what a failed sync left behind in
 * the system's cache may look written and be lost.
 */
export class SegmentWriter {
  readonly segment: Segment
  readonly #components: SegmentWriterComponents
  readonly #headers: Uint8Array[] = []
  #file: DiskFile | undefined
  #batch: Batch | undefined
  #endBytes = blockBytes
  #recordCount = 0
  #failed = false

  constructor(components: SegmentWriterComponents, segment: Segment) {
    this.#components = components
    this.segment = segment
    segment.open = true
  }

  get isGathering(): boolean {
    return this.#batch !== undefined
  }

  get failed(): boolean {
    return this.#failed
  }

  /** How long the file will be when all that is planned is written and the footer follows. */
  get plannedBytes(): number {
    return blockCeil(this.#batch?.endBytes ?? this.#endBytes) + footerBytes(this.#recordCount)
  }

  /** Whether a record of that many bytes still belongs here; an empty segment takes any. */
  takes(bytes: number, segmentBytes: number): boolean {
    if (this.#recordCount === 0) return true
    const end = (this.#batch?.endBytes ?? this.#endBytes) + bytes
    return end <= segmentBytes && this.#recordCount < maximumRecords
  }

  /** The batch to add one more record to. */
  gather(): Batch {
    this.#recordCount++
    const { number } = this.segment
    this.#batch ??= new Batch(number, unitTagOf(this.#components.identity), this.#endBytes)
    return this.#batch
  }

  /** Ends the gathering batch and gives it out for {@link write}. */
  takeBatch(): Batch | undefined {
    const batch = this.#batch
    if (batch === undefined) return undefined
    batch.pad()
    this.#endBytes = batch.endBytes
    this.#batch = undefined
    return batch
  }

  /** Makes a batch durable. */
  async write(batch: Batch): Promise<void> {
    if (this.#failed) throw new Error(`segment ${this.segment.number} failed before`)
    const { segments } = this.#components
    try {
      const file = this.#file ?? (await this.#create())
      await file.write(batch.pieces, batch.startBytes)
      await file.sync()
    } catch (error) {
      await this.#abandon()
      throw error
    }
    segments.resize(this.segment, batch.endBytes)
    this.#headers.push(batch.headers())
  }

  /** Adds the footer and closes the file; all batches must have been written. */
  async seal(): Promise<void> {
    const { segments, identity } = this.#components
    const { number, day, fileBytes } = this.segment
    const file = this.#file
    if (file === undefined || this.#failed) return
    try {
      const footer = encodeFooter(
        this.#headers,
        { segment: number, day, footerOffsetBytes: fileBytes },
        unitTagOf(identity),
      )
      await file.write([footer], fileBytes)
      await file.sync()
      segments.resize(this.segment, fileBytes + footer.length)
    } catch (error) {
      await this.#abandon()
      throw error
    }
    this.segment.open = false
    this.#file = undefined
    await file.close().catch(() => {})
  }

  async #create(): Promise<DiskFile> {
    const { disk, segments, identity } = this.#components
    const { number, day } = this.segment
    const header = encodeSegmentHeader({ unitId: identity.id, segment: number, day })
    this.#file = await createWhole(disk, segmentFileName(number), [header])
    this.segment.fileBytes = header.length
    segments.add(this.segment)
    return this.#file
  }

  /** Lets go of the file; how long it is now, only the disk knows. */
  async #abandon(): Promise<void> {
    this.#failed = true
    this.segment.open = false
    const file = this.#file
    if (file === undefined) return
    const { segments } = this.#components
    segments.resize(this.segment, await file.sizeBytes().catch(() => this.#endBytes))
    this.#file = undefined
    await file.close().catch(() => {})
  }
}
