/**
 * What a log wrote past the page cache last, as far as it is short. Small shards are often read soon after they were written, many of
 * them for each sync: from the cache they would come without the disk, and so they do from here. What is long isn't kept; it
 * would push out many that are small, and takes the disk hardly longer to read.
 */

/** Memory for one disk. */
const ringBytes = 8 << 20
/**
 * A group of nearly forty shards of 4 KiB. Where more come at a time, or longer ones, they would be pushed out within a
 * fraction of a second.
 */
const longestKeptBytes = 160 << 10

/** One write. */
interface Kept {
  readonly file: RecentFile
  readonly offsetBytes: number
  readonly lengthBytes: number
  /** Where in the ring. */
  readonly position: number
}

/** What is kept of one file, whatever it is called. */
export class RecentFile {
  /** By offset. */
  readonly kept: Kept[] = []
  /** No write has gone further. */
  endBytes = 0
}

export class RecentWrites {
  #ring: Uint8Array | undefined
  #next = 0
  /** The oldest first, which is that after `next` in the ring. */
  readonly #kept = new Set<Kept>()

  /** To be told of every write to a file, once it is done. */
  add(file: RecentFile, pieces: readonly Uint8Array[], offsetBytes: number): void {
    const lengthBytes = pieces.reduce((sum, piece) => sum + piece.length, 0)
    if (offsetBytes < file.endBytes) this.forget(file)
    file.endBytes = Math.max(file.endBytes, offsetBytes + lengthBytes)
    if (lengthBytes > longestKeptBytes) return
    this.#ring ??= new Uint8Array(ringBytes)
    const kept = { file, offsetBytes, lengthBytes, position: this.#takeRoom(lengthBytes) }
    let position = kept.position
    for (const piece of pieces) {
      this.#ring.set(piece, position)
      position += piece.length
    }
    this.#kept.add(kept)
    file.kept.push(kept)
  }

  /** Fills `into` from a place in a file, if all of it was in one write that is kept. */
  read(file: RecentFile, into: Uint8Array, offsetBytes: number): boolean {
    const kept = lastUpTo(offsetBytes, file.kept)
    if (kept === undefined || offsetBytes + into.length > kept.offsetBytes + kept.lengthBytes) return false
    const start = kept.position + offsetBytes - kept.offsetBytes
    into.set((this.#ring as Uint8Array).subarray(start, start + into.length))
    return true
  }

  forget(file: RecentFile): void {
    for (const kept of file.kept.splice(0)) this.#kept.delete(kept)
  }

  /** Room in one piece after the newest; what was there is forgotten, and what is left out at the end of the ring. */
  #takeRoom(lengthBytes: number): number {
    if (this.#next + lengthBytes > ringBytes) {
      this.#forgetOldest((position) => position >= this.#next)
      this.#next = 0
    }
    const start = this.#next
    this.#next += lengthBytes
    this.#forgetOldest((position) => position >= start && position < this.#next)
    return start
  }

  #forgetOldest(isInTheWay: (position: number) => boolean): void {
    for (const kept of this.#kept) {
      if (!isInTheWay(kept.position)) return
      this.#kept.delete(kept)
      kept.file.kept.shift()
    }
  }
}

/** The last that begins at an offset or before it. */
function lastUpTo(offsetBytes: number, kept: readonly Kept[]): Kept | undefined {
  let low = 0
  let high = kept.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (kept[middle]!.offsetBytes <= offsetBytes) low = middle + 1
    else high = middle
  }
  return kept[low - 1]
}
