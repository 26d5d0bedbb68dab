/**
 * As much of DER, the binary form of certificates, as ours need: values of a one-byte tag, a length and a content, of which
 * some are made of values again.
 *
 * Source: ITU-T X.690, chapters 8 and 10. Lengths are definite and as short as can be, so a value has one form only.
 */
export interface DerValue {
  readonly tag: number
  readonly content: Uint8Array
}

/** The tags that X.509 uses, constructed bit included. */
export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  /** Explicit tag [0] of a certificate: its version. */
  version: 0xa0,
  /** Explicit tag [3] of a certificate: its extensions. */
  extensions: 0xa3,
} as const

/** Nothing that we read comes near 16 MiB. */
const lengthBytesLimit = 3

export function encodeDer(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, { length }) => sum + length, 0)
  return Buffer.concat([Uint8Array.of(tag, ...encodeLength(length)), ...contents])
}

function encodeLength(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return [0x80 + bytes.length, ...bytes]
}

/**
 * The values that stand in these bytes one after another. Their contents are views of them.
 *
 * @throws RangeError when the bytes are anything else
 */
export function decodeDer(bytes: Uint8Array): DerValue[] {
  const values: DerValue[] = []
  for (let offset = 0; offset < bytes.length; ) {
    const tag = byteAt(bytes, offset)
    if ((tag & 0x1f) === 0x1f) throw new RangeError('DER: tags of several bytes are not used here')
    const { length, start } = decodeLength(bytes, offset + 1)
    if (length > bytes.length - start) throw new RangeError('DER: a value goes on after the end')
    values.push({ tag, content: bytes.subarray(start, start + length) })
    offset = start + length
  }
  return values
}

function decodeLength(bytes: Uint8Array, offset: number): { length: number; start: number } {
  const first = byteAt(bytes, offset)
  if (first < 0x80) return { length: first, start: offset + 1 }
  const count = first - 0x80
  if (count === 0 || count > lengthBytesLimit) throw new RangeError('DER: a length is indefinite or too long')
  let length = 0
  for (let index = 1; index <= count; index++) length = length * 256 + byteAt(bytes, offset + index)
  if (length < 0x80 || length < 256 ** (count - 1)) throw new RangeError('DER: a length is longer than it needs to be')
  return { length, start: offset + 1 + count }
}

function byteAt(bytes: Uint8Array, offset: number): number {
  const byte = bytes[offset]
  if (byte === undefined) throw new RangeError('DER: cut off')
  return byte
}
