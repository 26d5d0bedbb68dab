import type { Disk, DiskFile } from './disk.ts'
import { segmentFileName } from './segments.ts'

/** Most files kept open for reading: well below what any system lets a process have. */
const openFileLimit = 128

/** The segment files as readers use them: opened when needed, the least recently used closed when there are too many. */
export class SegmentFiles {
  readonly #disk: Disk
  /** In the order of last use. */
  readonly #open = new Map<number, DiskFile | Promise<DiskFile>>()

  constructor(disk: Disk) {
    this.#disk = disk
  }

  /** One positioned read; fewer bytes than asked for only at the end of the file. */
  async read(segmentNumber: number, into: Buffer, offsetBytes: number): Promise<Buffer> {
    try {
      const opening = this.#use(segmentNumber)
      const file = opening instanceof Promise ? await opening : opening
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
    Promise.resolve(file)
      .then((opened) => opened?.close())
      .catch(() => {})
  }

  close(): void {
    for (const number of [...this.#open.keys()]) this.drop(number)
  }

  /** A file that is open is there at once. */
  #use(segmentNumber: number): DiskFile | Promise<DiskFile> {
    const file = this.#open.get(segmentNumber) ?? this.#opening(segmentNumber)
    this.#open.delete(segmentNumber)
    this.#open.set(segmentNumber, file)
    if (this.#open.size > openFileLimit) this.drop(this.#open.keys().next().value!)
    return file
  }

  #opening(segmentNumber: number): Promise<DiskFile> {
    const opening = this.#disk.open(segmentFileName(segmentNumber))
    const opened = (file: DiskFile): void => {
      // Unless it has been dropped meanwhile, and perhaps opened anew.
      if (this.#open.get(segmentNumber) === opening) this.#open.set(segmentNumber, file)
    }
    opening.then(opened, () => {})
    return opening
  }
}
