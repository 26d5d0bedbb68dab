/**
 * The key of a shard's object says all that an index needs to know, so listing the bucket rebuilds it without reading a single
 * object:
 *
 *   shards/ID-RUN-SEQUENCE-LENGTH-CHECKSUM-DELETION, all in hexadecimal of fixed lengths
 *
 * A shard is never overwritten: what replaces it is another object with a higher sequence, and the old one goes afterwards. So
 * a crash leaves the old one, or the new one, or both, of which the higher sequence counts.
 */
import { maximumShardBytes, runIdBytes, shardIdBytes } from '../../ports/shard-store.ts'

export interface ShardName {
  /** 24 bytes. */
  readonly id: Uint8Array
  /** 16 bytes. */
  readonly runId: Uint8Array
  /** From 1; orders the objects of an id. */
  readonly sequence: number
  /** Of the body. */
  readonly lengthBytes: number
  /** CRC-32 of the body. */
  readonly checksum: number
  /** Milliseconds since the Unix epoch; 0 is never. */
  readonly deleteAfterMs: number
}

export const shardsPrefix = 'shards/'

/** Hexadecimal digits of 2^53. */
const integerDigits = 14
const pattern = new RegExp(
  `^${shardsPrefix}([0-9a-f]{${2 * shardIdBytes}})-([0-9a-f]{${2 * runIdBytes}})-([0-9a-f]{${integerDigits}})-([0-9a-f]{6})-([0-9a-f]{8})-([0-9a-f]{${integerDigits}})$`,
)

export function formatShardName({ id, runId, sequence, lengthBytes, checksum, deleteAfterMs }: ShardName): string {
  const fields = [
    Buffer.from(id).toString('hex'),
    Buffer.from(runId).toString('hex'),
    hex(sequence, integerDigits),
    hex(lengthBytes, 6),
    hex(checksum, 8),
    hex(deleteAfterMs, integerDigits),
  ]
  return shardsPrefix + fields.join('-')
}

/** Undefined when the key is none of ours. */
export function parseShardName(key: string): ShardName | undefined {
  const [, id = '', runId = '', ...numbers] = pattern.exec(key) ?? []
  const [sequence, lengthBytes, checksum, deleteAfterMs] = numbers.map((digits) => Number.parseInt(digits, 16))
  if (sequence === undefined || lengthBytes === undefined || checksum === undefined || deleteAfterMs === undefined)
    return undefined
  const isSane =
    lengthBytes <= maximumShardBytes && Number.isSafeInteger(sequence) && Number.isSafeInteger(deleteAfterMs)
  if (!isSane) return undefined
  return {
    id: bytesOf(id),
    runId: bytesOf(runId),
    sequence,
    lengthBytes,
    checksum,
    deleteAfterMs,
  }
}

function bytesOf(digits: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digits, 'hex'))
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
