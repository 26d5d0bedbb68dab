import { isVerdict, recordKinds } from './record.ts'

/** A segment file as the store keeps book of it. */
export interface Segment {
  readonly number: number
  /** The deletion day of its bucket; see deletion-day.ts. */
  readonly day: number
  /** Whether records can still be added. */
  open: boolean
  /** Length of the file. */
  fileBytes: number
  /** Bytes of the records of shards that can be read. */
  liveBytes: number
  liveCount: number
  /** Puts in it, live and dead. */
  putCount: number
  /** The lowest sequence of any put in it; Infinity when there is none. */
  oldestPut: number
  /** Records that void earlier ones. */
  verdictCount: number
  /** The highest sequence of a record that voids earlier ones: a tombstone, or a put that replaced something. 0 is none. */
  newestVerdict: number
}

export function newSegment(number: number, day: number): Segment {
  return {
    number,
    day,
    open: false,
    fileBytes: 0,
    liveBytes: 0,
    liveCount: 0,
    putCount: 0,
    oldestPut: Number.POSITIVE_INFINITY,
    verdictCount: 0,
    newestVerdict: 0,
  }
}

/** Notes that a record lies, or is going to lie, in a segment. */
export function noteRecord(
  segment: Segment,
  record: { readonly kind: number; readonly flags: number },
  sequence: number,
): void {
  if (record.kind === recordKinds.put) {
    segment.putCount++
    segment.oldestPut = Math.min(segment.oldestPut, sequence)
  }
  if (isVerdict(record)) {
    segment.verdictCount++
    segment.newestVerdict = Math.max(segment.newestVerdict, sequence)
  }
}

/** All segments of a unit that have a file, with the sum of their lengths. */
export class Segments {
  readonly #byNumber = new Map<number, Segment>()
  #fileBytes = 0

  get fileBytes(): number {
    return this.#fileBytes
  }

  get highestNumber(): number {
    let highest = 0
    for (const number of this.#byNumber.keys()) highest = Math.max(highest, number)
    return highest
  }

  /** The segment must be there: it is, as long as the index names a shard in it. */
  get(number: number): Segment {
    const segment = this.#byNumber.get(number)
    if (segment === undefined) throw new Error(`the index names segment ${number}, which is gone`)
    return segment
  }

  values(): IterableIterator<Segment> {
    return this.#byNumber.values()
  }

  add(segment: Segment): void {
    this.#byNumber.set(segment.number, segment)
    this.#fileBytes += segment.fileBytes
  }

  remove(segment: Segment): void {
    this.#byNumber.delete(segment.number)
    this.#fileBytes -= segment.fileBytes
  }

  resize(segment: Segment, fileBytes: number): void {
    this.#fileBytes += fileBytes - segment.fileBytes
    segment.fileBytes = fileBytes
  }
}

const suffix = '.segment'

export function segmentFileName(number: number): string {
  return number.toString(16).padStart(8, '0') + suffix
}

/** The number in a segment file's name; undefined when the name is not one of ours. */
export function segmentNumber(fileName: string): number | undefined {
  return /^[0-9a-f]{8}\.segment$/.test(fileName) ? Number.parseInt(fileName, 16) : undefined
}
