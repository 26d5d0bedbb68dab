export interface ByteRange {
  readonly offsetBytes: number
  /** Undefined: to the end. */
  readonly lengthBytes: number | undefined
}

/**
 * A part of an object: `0-99` (first and last byte, as in HTTP), `100-` (from there to the end) or `100+50` (offset and
 * length).
 * @throws RangeError
 */
export function parseByteRange(text: string): ByteRange {
  const [, first, sign, second] = /^(\d+)([-+])(\d*)$/.exec(text.trim()) ?? []
  const offsetBytes = Number(first)
  const lengthBytes = sign === '+' ? Number(second) : Number(second) - offsetBytes + 1
  const isOpen = sign === '-' && second === ''
  const isValid =
    Number.isSafeInteger(offsetBytes) &&
    (isOpen || (second !== '' && Number.isSafeInteger(lengthBytes) && lengthBytes >= (sign === '+' ? 0 : 1)))
  if (!isValid) throw new RangeError(`${JSON.stringify(text)} is not a range such as 0-99, 100- or 100+50`)
  return { offsetBytes, lengthBytes: isOpen ? undefined : lengthBytes }
}
