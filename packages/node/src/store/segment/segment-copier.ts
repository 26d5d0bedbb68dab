import type { Clock } from '../../ports/clock.ts'
import { runIdBytes } from '../../ports/shard-store.ts'
import { bodyMatches, tableBytes } from '../body-checks.ts'
import { shardKey } from '../shard-key.ts'
import type { Appender } from './appender.ts'
import type { NewRecord } from './batch.ts'
import { recordHeaderBytes } from './layout.ts'
import { decodeRecordHeader, isVerdict, lengthOf, type RecordHeader, recordKinds } from './record.ts'
import type { SegmentFiles } from './segment-files.ts'
import type { Segment } from './segments.ts'
import type { Entry, ShardIndex } from './shard-index.ts'
import type { Turns } from './turns.ts'

export interface SegmentCopierComponents {
  readonly clock: Clock
  readonly appender: Appender
  readonly files: SegmentFiles
  readonly index: ShardIndex
  readonly turns: Turns
  readonly unitTag: Uint8Array
}

/** Copies what is still needed of a segment's records to the segment that is being filled for the same deletion day. */
export class SegmentCopier {
  readonly #components: SegmentCopierComponents

  constructor(components: SegmentCopierComponents) {
    this.#components = components
  }

  /**
   * Resolves when all of them that are needed are durable elsewhere, to the number of those that cannot be read. Of records
   * that void others those are needed that are newer than `oldestVoid`.
   */
  async copy(headers: readonly RecordHeader[], segment: Segment, oldestVoid: number): Promise<number> {
    const { turns } = this.#components
    const keys = new Set(headers.map(({ id }) => shardKey(id)))
    const releases = await Promise.all([...keys].map((key) => turns.take(key)))
    try {
      const found = await Promise.all(headers.map((header) => this.#needed(header, segment, oldestVoid)))
      const records = found.filter((record) => typeof record === 'object')
      await Promise.all(records.map((record) => this.#append(record, segment)))
      return found.filter((record) => record === 'damaged').length
    } finally {
      for (const release of releases) release()
    }
  }

  async #needed(header: RecordHeader, segment: Segment, oldestVoid: number): Promise<Copy | 'damaged' | undefined> {
    const { clock, index } = this.#components
    const entry = index.get(header.id, clock.nowMs())
    const isLive = entry?.segment === segment && entry.offsetBytes === header.offsetBytes
    if (isLive && header.kind === recordKinds.put) return (await this.#read(header)) ?? 'damaged'
    if (!isVerdict(header) || header.sequence <= oldestVoid) return undefined
    if (entry === undefined || header.kind === recordKinds.tombstone) return tombstoneOf(header)
    // What holds may be a copy of this very record, made before a crash: a tombstone of its sequence would void it.
    const sequence = await this.#sequenceOf(entry)
    if (sequence === undefined) return 'damaged'
    return sequence === header.sequence ? undefined : tombstoneOf(header)
  }

  async #sequenceOf({ segment, offsetBytes, lengthBytes }: Entry): Promise<number | undefined> {
    const { files, unitTag } = this.#components
    const head = Buffer.allocUnsafeSlow(recordHeaderBytes + tableBytes(lengthBytes))
    const bytes = await files.read(segment.number, head, offsetBytes)
    return decodeRecordHeader(bytes, unitTag, segment.number, offsetBytes)?.sequence
  }

  async #read(meant: RecordHeader): Promise<Copy | undefined> {
    const { files, unitTag } = this.#components
    const { segment, offsetBytes } = meant
    const bytes = await files.read(segment, Buffer.allocUnsafeSlow(lengthOf(meant)), offsetBytes)
    const header = decodeRecordHeader(bytes, unitTag, segment, offsetBytes)
    if (header === undefined || header.sequence !== meant.sequence) return undefined
    const bodyOffset = recordHeaderBytes + tableBytes(header.bodyBytes)
    const body = bytes.subarray(bodyOffset)
    if (body.length !== header.bodyBytes || !bodyMatches(body, header.checksum)) return undefined
    return { ...header, table: bytes.subarray(recordHeaderBytes, bodyOffset), body: [body] }
  }

  #append(copy: Copy, { day }: Segment): Promise<void> {
    const { appender, clock, index } = this.#components
    const { id, deleteAfterMs, checksum, bodyBytes: lengthBytes } = copy
    return new Promise((resolve, reject) => {
      let place: Parameters<NewRecord['placed']>[0]
      const record: NewRecord = {
        ...copy,
        mayUseReserve: true,
        day,
        placed: (decided) => {
          place = decided
        },
        settled: (error) => {
          if (error !== undefined) return reject(error)
          const isShard = copy.kind === recordKinds.put && index.get(id, clock.nowMs()) !== undefined
          if (isShard) index.set({ ...place, id, deleteAfterMs, lengthBytes, checksum })
          resolve()
        },
      }
      appender.append(record)
    })
  }
}

type Copy = Pick<
  NewRecord,
  'kind' | 'flags' | 'sequence' | 'id' | 'runId' | 'deleteAfterMs' | 'bodyBytes' | 'checksum' | 'table' | 'body'
>

const nothing = new Uint8Array(0)
const noRun = new Uint8Array(runIdBytes)

function tombstoneOf({ id, sequence }: RecordHeader): Copy {
  const nobody = { runId: noRun, deleteAfterMs: 0, bodyBytes: 0, checksum: 0, table: nothing, body: [] }
  return { ...nobody, kind: recordKinds.tombstone, flags: 0, id, sequence }
}
