import { crc32 } from 'node:zlib'
import { joinChecksums } from './join-checksums.ts'

/** Bodies longer than this carry one checksum for each such piece, so that a range can be verified without the rest. */
export const pieceBytes = 65_536

/** Bytes of the checksum table of a body. */
export function tableBytes(bodyBytes: number): number {
  return bodyBytes > pieceBytes ? 4 * Math.ceil(bodyBytes / pieceBytes) : 0
}

/** What tells whether a body is still what it was. */
export interface BodyChecks {
  /** CRC-32 of all of it. */
  readonly checksum: number
  /** The CRC-32 of each 64 KiB piece, little-endian; empty for a body of one piece. */
  readonly table: Uint8Array
}

export function checksOf(body: Iterable<Uint8Array>, bodyBytes: number): BodyChecks {
  const table = Buffer.alloc(tableBytes(bodyBytes))
  let whole = 0
  let checksum = 0
  let position = 0
  for (const bytes of body) {
    for (let taken = 0; taken < bytes.length; ) {
      const part = bytes.subarray(taken, taken + pieceBytes - (position % pieceBytes))
      checksum = crc32(part, checksum)
      taken += part.length
      position += part.length
      const lengthBytes = position % pieceBytes
      if (lengthBytes !== 0 && position < bodyBytes) continue
      if (table.length > 0) table.writeUInt32LE(checksum, 4 * (Math.ceil(position / pieceBytes) - 1))
      whole = joinChecksums(whole, checksum, lengthBytes || pieceBytes)
      checksum = 0
    }
  }
  return { checksum: whole, table }
}

/** Whether a whole body is what its record promises. */
export function bodyMatches(body: Uint8Array, checksum: number): boolean {
  return crc32(body) === checksum
}

/** Whether consecutive pieces of a body, from number `firstPiece` on, are what the checksum table promises. */
export function piecesMatch(pieces: Uint8Array, firstPiece: number, table: Buffer): boolean {
  for (let offset = 0; offset < pieces.length; offset += pieceBytes) {
    const piece = pieces.subarray(offset, offset + pieceBytes)
    if (crc32(piece) !== table.readUInt32LE(4 * (firstPiece + offset / pieceBytes))) return false
  }
  return true
}
