import { maximumShardBytes, runIdBytes, type ShardWrite, shardIdBytes } from '../ports/shard-store.ts'
import { type BodyChecks, checksOf } from './body-checks.ts'
import { StoreError } from './store-error.ts'

/** The latest moment a Date can hold, in milliseconds since the Unix epoch. */
const latestMs = 8.64e15

/**
 * Refuses what no store may accept.
 * @throws RangeError when an id, a run id, a body or a deletion date is out of bounds
 */
export function checkWrite(write: ShardWrite): void {
  checkId(write.id)
  if (write.runId.length !== runIdBytes) throw new RangeError(`a run id has ${runIdBytes} bytes`)
  if (write.body.byteLength > maximumShardBytes) throw new RangeError(`a body has at most ${maximumShardBytes} bytes`)
  const { deleteAfterMs } = write
  if (!Number.isSafeInteger(deleteAfterMs) || deleteAfterMs < 0 || deleteAfterMs > latestMs) {
    throw new RangeError('a deletion date is in whole milliseconds since the Unix epoch, or 0')
  }
}

/** @throws RangeError */
export function checkId(id: Uint8Array): void {
  if (id.length !== shardIdBytes) throw new RangeError(`a shard id has ${shardIdBytes} bytes`)
}

/**
 * Refuses a body that is not what its sender meant to send, or that would be gone before it is stored.
 * @returns what its record has to hold
 * @throws StoreError CHECKSUM_MISMATCH, SHARD_EXPIRED
 */
export function checkContent({ body, checksum, deleteAfterMs }: ShardWrite, nowMs: number): BodyChecks {
  if (isExpired(deleteAfterMs, nowMs)) throw new StoreError('SHARD_EXPIRED', 'the deletion date has passed')
  const checks = checksOf(body, body.byteLength)
  if (checks.checksum !== checksum) throw new StoreError('CHECKSUM_MISMATCH', 'the body does not match its checksum')
  return checks
}

/** Whether a shard with this deletion date (0 is never) must no longer be served. */
export function isExpired(deleteAfterMs: number, nowMs: number): boolean {
  return deleteAfterMs !== 0 && nowMs >= deleteAfterMs
}

/** A part of a body, in bytes. */
export interface ByteRange {
  readonly offsetBytes: number
  readonly lengthBytes: number
}

/** @throws RangeError when the range leaves a body of `bodyBytes` */
export function checkRange(range: ByteRange, bodyBytes: number): void {
  const { offsetBytes, lengthBytes } = range
  const whole = Number.isSafeInteger(offsetBytes) && Number.isSafeInteger(lengthBytes)
  if (!whole || offsetBytes < 0 || lengthBytes < 0 || offsetBytes + lengthBytes > bodyBytes) {
    throw new RangeError(`the range leaves the body of ${bodyBytes} bytes`)
  }
}
