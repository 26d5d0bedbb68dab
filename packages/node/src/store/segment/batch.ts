import type { StoreError } from '../store-error.ts'
import { padBytes, recordBytes, recordHeaderBytes } from './layout.ts'
import { encodeRecordHeader, type RecordKind, recordKinds } from './record.ts'
import type { Segment } from './segments.ts'

/** Where a record is going to be. */
interface RecordPlace {
  readonly segment: Segment
  readonly offsetBytes: number
}

/** What a record says of itself. */
interface RecordContent {
  readonly kind: RecordKind
  readonly flags: number
  readonly id: Uint8Array
  readonly runId: Uint8Array
  readonly deleteAfterMs: number
  readonly bodyBytes: number
  readonly checksum: number
  readonly table: Uint8Array
}

/** A record on its way into a segment. */
export interface NewRecord extends RecordContent {
  /** The pieces of the body; they must not change until the record is settled. */
  readonly body: readonly Uint8Array[]
  /** Of a copy: that of the record it is a copy of. Default: the next one. */
  readonly sequence?: number
  /** Whether it may be written although the unit counts as full. */
  readonly mayUseReserve: boolean
  /** The deletion day of the bucket it goes into. */
  readonly day: number
  /** Called once it is decided where the record will be. */
  placed(place: RecordPlace): void
  /**
   * Called once after that, with an error when the record could not be made durable. When it is not even accepted only
   * this is called: STORE_FULL, STORE_FAILED, STORE_CLOSED.
   */
  settled(error: StoreError | undefined): void
}

/** The records of one group that go into one segment, gathered as the pieces of a single write. */
export class Batch {
  readonly startBytes: number
  readonly pieces: Uint8Array[] = []
  readonly #segment: number
  readonly #unitTag: Uint8Array
  readonly #heads: Buffer[] = []
  readonly #settled: NewRecord['settled'][] = []
  #endBytes: number

  constructor(segment: number, unitTag: Uint8Array, startBytes: number) {
    this.#segment = segment
    this.#unitTag = unitTag
    this.startBytes = startBytes
    this.#endBytes = startBytes
  }

  get endBytes(): number {
    return this.#endBytes
  }

  get bytes(): number {
    return this.#endBytes - this.startBytes
  }

  /** Gives the offset that the record will have in the file. */
  add(record: NewRecord, sequence: number): number {
    const offsetBytes = this.#endBytes
    const head = this.#encode(record, sequence)
    this.pieces.push(head, ...record.body)
    this.#heads.push(head)
    this.#settled.push(record.settled)
    this.#endBytes += recordBytes(record.bodyBytes)
    return offsetBytes
  }

  /**
   * The headers as a footer keeps them, in one piece: as many objects as there are records would cost the garbage
   * collector more than all else.
   */
  headers(): Uint8Array {
    const headers = Buffer.allocUnsafe(this.#heads.length * recordHeaderBytes)
    for (const [index, head] of this.#heads.entries()) {
      head.copy(headers, index * recordHeaderBytes, 0, recordHeaderBytes)
    }
    return headers
  }

  /** Fills the last block. */
  pad(): void {
    const length = padBytes(this.#endBytes)
    if (length === 0) return
    const zeros = Buffer.alloc(length - recordHeaderBytes)
    this.pieces.push(this.#encode(padOf(zeros.length), 0), zeros)
    this.#endBytes += length
  }

  settle(error?: StoreError): void {
    for (const settled of this.#settled) settled(error)
  }

  #encode(record: RecordContent, sequence: number): Buffer {
    const { kind, flags, id, runId, deleteAfterMs, bodyBytes, checksum, table } = record
    const place = { segment: this.#segment, offsetBytes: this.#endBytes, groupOffsetBytes: this.startBytes }
    const header = { kind, flags, sequence, id, runId, deleteAfterMs, bodyBytes, checksum, ...place }
    return encodeRecordHeader(header, this.#unitTag, table)
  }
}

const nothing = new Uint8Array(0)

function padOf(bodyBytes: number): RecordContent {
  const { pad } = recordKinds
  return { kind: pad, flags: 0, id: nothing, runId: nothing, deleteAfterMs: 0, bodyBytes, checksum: 0, table: nothing }
}
