/**
 * Rebuilds the index from records in any order. Of all records of an id the one with the highest sequence counts: a put is
 * where the shard is, a tombstone says that there is none. (Where a record was copied, both copies have one sequence and
 * say the same; the one in the newer segment is taken.)
 */
import { isExpired } from '../checked-write.ts'
import { shardKey } from '../shard-key.ts'
import { type RecordHeader, recordKinds, replacesFlag } from './record.ts'
import { noteRecord, type Segment } from './segments.ts'
import type { Entry, ShardIndex } from './shard-index.ts'

interface Word {
  readonly sequence: number
  readonly segmentNumber: number
  readonly entry: Entry | undefined
}

export class Replay {
  readonly #words = new Map<string, Word>()
  #newestSequence = 0

  get newestSequence(): number {
    return this.#newestSequence
  }

  add(header: RecordHeader, segment: Segment): void {
    const { kind, sequence } = header
    if (kind === recordKinds.pad) return
    this.#newestSequence = Math.max(this.#newestSequence, sequence)
    noteRecord(segment, sequence, isVerdict(header))
    const key = shardKey(header.id)
    const last = this.#words.get(key)
    if (last !== undefined && isBefore(sequence, segment.number, last)) return
    const entry = kind === recordKinds.put ? entryOf(header, key, segment) : undefined
    this.#words.set(key, { sequence, segmentNumber: segment.number, entry })
  }

  fill(index: ShardIndex, nowMs: number): void {
    for (const { entry } of this.#words.values()) {
      if (entry !== undefined && !isExpired(entry.deleteAfterMs, nowMs)) index.set(entry)
    }
    this.#words.clear()
  }
}

/** Whether a record voids what was written before it under its id. */
export function isVerdict(record: { kind: number; flags: number }): boolean {
  return record.kind === recordKinds.tombstone || (record.flags & replacesFlag) !== 0
}

function isBefore(sequence: number, segmentNumber: number, last: Word): boolean {
  return sequence < last.sequence || (sequence === last.sequence && segmentNumber < last.segmentNumber)
}

function entryOf(header: RecordHeader, key: string, segment: Segment): Entry {
  const { sequence, offsetBytes, checksum, deleteAfterMs } = header
  const runId = shardKey(header.runId)
  const lengthBytes = header.bodyBytes
  return { key, segment, sequence, offsetBytes, lengthBytes, checksum, deleteAfterMs, runId }
}
