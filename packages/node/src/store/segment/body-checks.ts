import { crc32 } from 'node:zlib'
import { pieceBytes, tableBytes } from './layout.ts'

/** The checksum table of a body: the CRC-32 of each 64 KiB piece, little-endian; empty for a body of one piece. */
export function checksumTable(body: readonly Uint8Array[], bodyBytes: number): Uint8Array {
  const table = Buffer.alloc(tableBytes(bodyBytes))
  if (table.length === 0) return table
  let checksum = 0
  let position = 0
  for (const bytes of body) {
    let taken = 0
    while (taken < bytes.length) {
      const part = bytes.subarray(taken, taken + pieceBytes - (position % pieceBytes))
      checksum = crc32(part, checksum)
      taken += part.length
      position += part.length
      if (position % pieceBytes !== 0 && position < bodyBytes) continue
      table.writeUInt32LE(checksum, 4 * (Math.ceil(position / pieceBytes) - 1))
      checksum = 0
    }
  }
  return table
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
