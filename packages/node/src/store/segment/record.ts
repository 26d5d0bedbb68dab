/**
 * A record's header says what the record is *and where it lies*: unit, segment, offset. A header that a disk wrote to the
 * wrong place, or that an older file left on the same blocks, is therefore never taken for the record that should be
 * there. The unit's tag is random and told to nobody, so a body cannot be made that passes for a record either.
 *
 *   magic 4 │ version 1 │ kind 1 │ flags 2 │ sequence 8 │ id 24 │ run id 16 │ deleteAfterMs 8 │ body length 4 │
 *   body CRC-32 4 │ segment 4 │ offset 4 │ group offset 4 │ unit tag 8 │ CRC-32 of the header and the checksum table 4
 *
 * `sequence` orders all records of a unit, whatever segment they lie in: of two records of an id the higher one counts.
 * `group offset` is where the record's group begins; see scan.ts for what it is good for.
 */

import { crc32 } from 'node:zlib'
import { maximumShardBytes, runIdBytes, shardIdBytes } from '../../ports/shard-store.ts'
import { tableBytes } from '../body-checks.ts'
import { blockBytes, formatVersion, recordBytes, recordHeaderBytes } from './layout.ts'

/** `put` stores a body, `tombstone` says that the id's earlier puts are void, `pad` fills a block. */
export const recordKinds = { put: 1, tombstone: 2, pad: 3 } as const
export type RecordKind = (typeof recordKinds)[keyof typeof recordKinds]

/** A flag of a put: an earlier record of the same id may lie somewhere. */
export const replacesFlag = 1

/** Whether a record voids what was written before it under its id. */
export function isVerdict(record: { readonly kind: number; readonly flags: number }): boolean {
  return record.kind === recordKinds.tombstone || (record.flags & replacesFlag) !== 0
}

export interface RecordHeader {
  readonly kind: RecordKind
  readonly flags: number
  readonly sequence: number
  /** 24 bytes. */
  readonly id: Uint8Array
  /** 16 bytes. */
  readonly runId: Uint8Array
  readonly deleteAfterMs: number
  /** Length of the body; of a pad, of the zeros behind the header. */
  readonly bodyBytes: number
  readonly checksum: number
  readonly segment: number
  readonly offsetBytes: number
  readonly groupOffsetBytes: number
}

const magic = 0x52533250
const at = { id: 16, runId: 40, deleteAfterMs: 56, bodyBytes: 64, checksum: 68, segment: 72, offset: 76, group: 80 }
const atUnitTag = 84
const atHeaderChecksum = 92

/** The header's bytes, followed by the checksum table that goes between it and the body. */
export function encodeRecordHeader(header: RecordHeader, unitTag: Uint8Array, table: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(recordHeaderBytes + table.length).fill(0)
  bytes.writeUInt32LE(magic, 0)
  bytes[4] = formatVersion
  bytes[5] = header.kind
  bytes.writeUInt16LE(header.flags, 6)
  writeLong(bytes, header.sequence, 8)
  bytes.set(header.id, at.id)
  bytes.set(header.runId, at.runId)
  writeLong(bytes, header.deleteAfterMs, at.deleteAfterMs)
  bytes.writeUInt32LE(header.bodyBytes, at.bodyBytes)
  bytes.writeUInt32LE(header.checksum, at.checksum)
  bytes.writeUInt32LE(header.segment, at.segment)
  bytes.writeUInt32LE(header.offsetBytes, at.offset)
  bytes.writeUInt32LE(header.groupOffsetBytes, at.group)
  bytes.set(unitTag, atUnitTag)
  bytes.set(table, recordHeaderBytes)
  bytes.writeUInt32LE(crc32(table, crc32(bytes.subarray(0, atHeaderChecksum))), atHeaderChecksum)
  return bytes
}

/** The header as a footer keeps it: without the checksum table, and so without a way to check the header's checksum. */
export function decodeFooterEntry(bytes: Buffer, unitTag: Uint8Array, segment: number): RecordHeader | undefined {
  if (bytes.readUInt32LE(0) !== magic || bytes[4] !== formatVersion) return undefined
  for (let index = 0; index < unitTag.length; index++) if (bytes[atUnitTag + index] !== unitTag[index]) return undefined
  const kind = bytes[5]
  if (kind !== recordKinds.put && kind !== recordKinds.tombstone && kind !== recordKinds.pad) return undefined
  const header = {
    kind,
    flags: bytes.readUInt16LE(6),
    sequence: readLong(bytes, 8),
    id: new Uint8Array(bytes.buffer, bytes.byteOffset + at.id, shardIdBytes),
    runId: new Uint8Array(bytes.buffer, bytes.byteOffset + at.runId, runIdBytes),
    deleteAfterMs: readLong(bytes, at.deleteAfterMs),
    bodyBytes: bytes.readUInt32LE(at.bodyBytes),
    checksum: bytes.readUInt32LE(at.checksum),
    segment: bytes.readUInt32LE(at.segment),
    offsetBytes: bytes.readUInt32LE(at.offset),
    groupOffsetBytes: bytes.readUInt32LE(at.group),
  }
  return header.segment === segment && isSane(header) ? header : undefined
}

/**
 * The header at the start of `bytes`, which hold the checksum table too as far as there are so many; undefined when there
 * is no header, or not the one that belongs at this place.
 */
export function decodeRecordHeader(
  bytes: Buffer,
  unitTag: Uint8Array,
  segment: number,
  offsetBytes: number,
): RecordHeader | undefined {
  if (bytes.length < recordHeaderBytes) return undefined
  const header = decodeFooterEntry(bytes, unitTag, segment)
  if (header === undefined || header.offsetBytes !== offsetBytes) return undefined
  const table = bytes.subarray(recordHeaderBytes, recordHeaderBytes + headerTableBytes(header))
  const checksum = crc32(table, crc32(bytes.subarray(0, atHeaderChecksum)))
  return checksum === bytes.readUInt32LE(atHeaderChecksum) ? header : undefined
}

/** Bytes of the whole record that a header begins. */
export function lengthOf(header: RecordHeader): number {
  return header.kind === recordKinds.pad ? recordHeaderBytes + header.bodyBytes : recordBytes(header.bodyBytes)
}

function headerTableBytes(header: RecordHeader): number {
  return header.kind === recordKinds.put ? tableBytes(header.bodyBytes) : 0
}

/** An integer of 64 bits. Above 2^53 it is no safe integer, and not exact. */
function readLong(bytes: Buffer, offset: number): number {
  return bytes.readUInt32LE(offset) + bytes.readUInt32LE(offset + 4) * 2 ** 32
}

function writeLong(bytes: Buffer, value: number, offset: number): void {
  bytes.writeUInt32LE(value % 2 ** 32, offset)
  bytes.writeUInt32LE(Math.floor(value / 2 ** 32), offset + 4)
}

function isSane(header: RecordHeader): boolean {
  const most =
    header.kind === recordKinds.put ? maximumShardBytes : header.kind === recordKinds.pad ? 2 * blockBytes : 0
  const groupStarts = header.groupOffsetBytes % blockBytes === 0 && header.groupOffsetBytes <= header.offsetBytes
  const safe = Number.isSafeInteger(header.sequence) && Number.isSafeInteger(header.deleteAfterMs)
  return header.bodyBytes <= most && groupStarts && safe
}
