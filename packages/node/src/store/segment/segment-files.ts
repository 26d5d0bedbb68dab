import type { Disk, DiskFile } from './disk.ts'
import { segmentFileName } from './segments.ts'

/** Most files kept open for reading: well below what any system lets a process have. */
const openFileLimit = 128

interface OpenFile {
  readonly file: Promise<DiskFile>
  users: number
  dropped: boolean
}

/** The segment files as readers use them: opened when needed, the least recently used closed when there are too many. */
export class SegmentFiles {
  readonly #disk: Disk
  /** In the order of last use. */
  readonly #open = new Map<number, OpenFile>()

  constructor(disk: Disk) {
    this.#disk = disk
  }

  /** One positioned read; fewer bytes than asked for only at the end of the file. */
  async read(segmentNumber: number, into: Buffer, offsetBytes: number): Promise<Buffer> {
    const open = this.#use(segmentNumber)
    open.users++
    try {
      const file = await open.file
      const bytes = await file.read(into, offsetBytes)
      return bytes === into.length ? into : into.subarray(0, bytes)
    } catch (error) {
      this.drop(segmentNumber)
      throw error
    } finally {
      open.users--
      this.#closeUnused(open)
    }
  }

  /** Closes a segment's file, after the reads in progress. */
  drop(segmentNumber: number): void {
    const open = this.#open.get(segmentNumber)
    if (open === undefined) return
    this.#open.delete(segmentNumber)
    open.dropped = true
    this.#closeUnused(open)
  }

  close(): void {
    for (const number of [...this.#open.keys()]) this.drop(number)
  }

  #use(segmentNumber: number): OpenFile {
    const known = this.#open.get(segmentNumber)
    const file = known ?? { file: this.#disk.open(segmentFileName(segmentNumber)), users: 0, dropped: false }
    this.#open.delete(segmentNumber)
    this.#open.set(segmentNumber, file)
    if (this.#open.size > openFileLimit) this.drop(this.#open.keys().next().value!)
    return file
  }

  #closeUnused(open: OpenFile): void {
    if (!open.dropped || open.users > 0) return
    // Nothing was written through it, so there is nothing to lose when closing fails.
    open.file.then((file) => file.close()).catch(() => {})
  }
}
