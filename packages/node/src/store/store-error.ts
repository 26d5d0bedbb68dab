import { CodedError } from '../coded-error.ts'

/**
 * - `STORE_FULL`: capacity or the disk has no room for the shard. Retryable: space comes back as shards expire or go.
 * - `STORE_FAILED`: the disk refused to read or write. Retryable, best on another node.
 * - `STORE_CLOSED`: the store was closed.
 * - `SHARD_CONFLICT`: the id holds a shard of another run or with other bytes.
 * - `SHARD_CORRUPT`: what is stored under the id is damaged.
 * - `SHARD_EXPIRED`: a put whose deletion date has passed already.
 * - `CHECKSUM_MISMATCH`: a put whose body and checksum differ.
 * - `DIRECTORY_IN_USE`: another store has the directory open.
 * - `UNIT_FOREIGN`: the directory belongs to another unit, or holds segments of no known unit.
 * - `UNIT_DAMAGED`: the unit's identity file cannot be read.
 * - `UNIT_MISSING`: where a unit of the node should be, there is none.
 * - `UNIT_UNKNOWN`: the node has no unit of that name.
 * - `UNIT_EXISTS`: the node has such a unit already.
 * - `UNIT_LAST`: no other unit stays that the unit's shards could move to.
 * - `UNIT_UNUSABLE`: no unit can be made where one should be: that is no directory, or may not be written to.
 * - `UNIT_LIMIT`: the node has as many units as it can have.
 * - `CREDENTIALS_INVALID`: there are no usable access keys for an external system.
 */
export type StoreErrorCode =
  | 'STORE_FULL'
  | 'STORE_FAILED'
  | 'STORE_CLOSED'
  | 'SHARD_CONFLICT'
  | 'SHARD_CORRUPT'
  | 'SHARD_EXPIRED'
  | 'CHECKSUM_MISMATCH'
  | 'DIRECTORY_IN_USE'
  | 'UNIT_FOREIGN'
  | 'UNIT_DAMAGED'
  | 'UNIT_MISSING'
  | 'UNIT_UNKNOWN'
  | 'UNIT_EXISTS'
  | 'UNIT_LAST'
  | 'UNIT_UNUSABLE'
  | 'UNIT_LIMIT'
  | 'CREDENTIALS_INVALID'

export class StoreError extends CodedError<StoreErrorCode> {
  constructor(code: StoreErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(code, message, { ...options, retryable: code === 'STORE_FULL' || code === 'STORE_FAILED' })
  }
}

/** What a failure of the disk is to the store's caller: `doing` says what was tried. */
export function diskFailure(doing: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause
  const { code } = cause as NodeJS.ErrnoException
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new StoreError(full ? 'STORE_FULL' : 'STORE_FAILED', `${doing}: ${reason}`, { cause })
}
