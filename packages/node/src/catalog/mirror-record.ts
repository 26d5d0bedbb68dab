import { crc32 } from 'node:zlib'
import { CodedError } from '../coded-error.ts'
import { locationPut, shardCheck } from '../messages/shard-messages.ts'
import type { Network } from '../network.ts'
import { sha256 } from '../object/manifest.ts'
import { UploadError } from '../transfer/upload.ts'

export interface RecordMirror {
  readonly id: Uint8Array
  readonly runId: Uint8Array
  readonly bytes: Uint8Array
  /** A location page takes the place of one with a lower revision; other records never change. */
  readonly kind: 'fixed' | 'location'
  readonly deleteAfterMs: number
  /** Copies to make, on as many nodes. */
  readonly copies: number
  /** Copies without which the mirroring has failed. */
  readonly requiredCopies: number
  /** Has every holder read back what it has: one that had a copy already may hold wrong bytes without knowing. */
  readonly isChecked?: boolean | undefined
}

/** Where records go. */
export type RecordNetwork = Pick<Network, 'call' | 'holders' | 'small'>

const timeoutMs = 10_000

/**
 * Stores a record on the first of its holders that can take it.
 * @returns the nodes that hold a copy
 * @throws UploadError TOO_FEW_NODES; RECORD_STALE from a holder that has a newer location page, or another of this revision; the
 *   signal's reason when aborted
 */
export async function mirrorRecord(
  record: RecordMirror,
  network: RecordNetwork,
  signal: AbortSignal,
): Promise<string[]> {
  const candidates = network.holders(record.id)
  const holders: string[] = []
  let failure: unknown
  let staleness: unknown
  const makeCopy = async (): Promise<void> => {
    for (let peerId = candidates.shift(); peerId !== undefined && !signal.aborted; peerId = candidates.shift()) {
      try {
        await putRecord(record, peerId, network, signal)
        holders.push(peerId)
        return
      } catch (cause) {
        failure = cause
        if (!isStale(cause)) continue
        staleness = cause
        return
      }
    }
  }
  await Promise.all(Array.from({ length: record.copies }, makeCopy))
  signal.throwIfAborted()
  if (staleness !== undefined) throw staleness
  if (holders.length < record.requiredCopies) {
    throw new UploadError(
      'TOO_FEW_NODES',
      `only ${holders.length} of the ${record.requiredCopies} copies of a record could be stored`,
      { cause: failure, retryable: true },
    )
  }
  return holders
}

/** Whether a holder refused a location page because it has one that is as new. */
export function isStale(failure: unknown): boolean {
  return failure instanceof CodedError && failure.code === 'RECORD_STALE'
}

async function putRecord(
  record: RecordMirror,
  peerId: string,
  network: RecordNetwork,
  signal: AbortSignal,
): Promise<void> {
  const { id, runId: run, bytes, deleteAfterMs } = record
  const head = { id, run, checksum: crc32(bytes), deleteAfterMs }
  const location =
    record.kind === 'fixed'
      ? await network.small.put(peerId, { ...head, bytes }, signal)
      : (await network.call(peerId, locationPut, head, { body: bytes, signal, timeoutMs })).head
  if (location.checksum !== head.checksum || location.lengthBytes !== record.bytes.length) {
    throw new Error(`${peerId} acknowledged other bytes than it was sent`)
  }
  if (record.isChecked) await checkRecord(record, peerId, network, signal)
}

async function checkRecord(
  { id, bytes }: RecordMirror,
  peerId: string,
  network: Pick<Network, 'call'>,
  signal: AbortSignal,
): Promise<void> {
  const { head } = await network.call(peerId, shardCheck, { ids: [id] }, { signal, timeoutMs })
  const [answer] = head.shards
  if (answer instanceof Uint8Array && Buffer.compare(answer, sha256(bytes)) === 0) return
  throw new Error(`${peerId} holds something else under the record's id`)
}
