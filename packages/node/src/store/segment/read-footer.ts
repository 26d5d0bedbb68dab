import { decodeEntries, decodeTrailer, type Trailer } from './footer.ts'
import { blockBytes, recordHeaderBytes, trailerBytes } from './layout.ts'
import type { RecordHeader } from './record.ts'

export interface Footer {
  readonly trailer: Trailer
  /** Pads left out. */
  readonly headers: readonly RecordHeader[]
}

/** The footer of a segment in a file of `fileBytes`; undefined when it has none, or a damaged one. Reads at most 6 MiB. */
export async function readFooter(
  read: (into: Buffer, offsetBytes: number) => Promise<Buffer>,
  file: { readonly segment: number; readonly fileBytes: number },
  unitTag: Uint8Array,
): Promise<Footer | undefined> {
  const { segment, fileBytes } = file
  if (fileBytes % blockBytes !== 0 || fileBytes === 0) return undefined
  const end = await read(Buffer.alloc(trailerBytes), fileBytes - trailerBytes)
  const trailer = decodeTrailer(end, fileBytes, unitTag, segment)
  if (trailer === undefined) return undefined
  const entries = Buffer.allocUnsafeSlow(trailer.recordCount * recordHeaderBytes)
  const headers = decodeEntries(await read(entries, trailer.footerOffsetBytes), trailer, unitTag)
  return headers && { trailer, headers }
}
