import type { Disk, DiskFile } from './disk.ts'
import { segmentFileName } from './segments.ts'

/** Most files kept open for reading: well below what any system lets a process have. */
const openFileLimit = 128

/** The segment files as readers use them: opened when needed, the least recently used closed when there are too many. */
export class SegmentFiles {
  readonly #disk: Disk
  /** In the order of last use. */
  readonly #open = new Map<number, Promise<DiskFile>>()

  constructor(disk: Disk) {
    this.#disk = disk
  }

  /** One positioned read; fewer bytes than asked for only at the end of the file. */
  async read(segmentNumber: number, into: Buffer, offsetBytes: number): Promise<Buffer> {
    try {
      const file = await this.#use(segmentNumber)
      const bytes = await file.read(into, offsetBytes)
      return bytes === into.length ? into : into.subarray(0, bytes)
    } catch (error) {
      this.drop(segmentNumber)
      throw error
    }
  }

  /** Closes a segment's file, after the reads in progress. */
  drop(segmentNumber: number): void {
    const file = this.#open.get(segmentNumber)
    this.#open.delete(segmentNumber)
    // Nothing was written through it, so there is nothing to lose when closing fails.
    file?.then((opened) => opened.close()).catch(() => {})
  }

  close(): void {
    for (const number of [...this.#open.keys()]) this.drop(number)
  }

  #use(segmentNumber: number): Promise<DiskFile> {
    const file = this.#open.get(segmentNumber) ?? this.#disk.open(segmentFileName(segmentNumber))
    this.#open.delete(segmentNumber)
    this.#open.set(segmentNumber, file)
    if (this.#open.size > openFileLimit) this.drop(this.#open.keys().next().value!)
    return file
  }
}
