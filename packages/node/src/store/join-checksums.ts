/**
 * The CRC-32 of two parts one behind the other, from the CRC-32 of each: that of the first, times x to the power of as many
 * bits as the second has, modulo the CRC's polynomial, plus that of the second. So a body's checksum follows from those of its
 * pieces, and each byte is gone through once.
 *
 * Source: zlib's crc32_combine. Polynomials are 32 bits, x^0 the highest.
 */
const polynomial = 0xedb88320
const one = 0x80000000
/** x^(2^n) for n from 0. */
const squares = [0x40000000]
for (let n = 1; n < 64; n++) squares.push(multiply(squares[n - 1]!, squares[n - 1]!))

/** @param secondBytes length of the second part */
export function joinChecksums(first: number, second: number, secondBytes: number): number {
  return (multiply(shiftBy(secondBytes), first) ^ second) >>> 0
}

const shifts = new Map<number, number>()
const maximumShifts = 64

/** x^(8 · bytes). Nearly all lengths are the same. */
function shiftBy(bytes: number): number {
  const known = shifts.get(bytes)
  if (known !== undefined) return known
  let shift = one
  for (let n = 3, rest = bytes; rest > 0; n++, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) shift = multiply(squares[n]!, shift)
  }
  if (shifts.size === maximumShifts) shifts.clear()
  shifts.set(bytes, shift)
  return shift
}

function multiply(a: number, b: number): number {
  let product = 0
  let factor = b
  for (let bit = one; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= factor
    factor = (factor & 1) === 1 ? (factor >>> 1) ^ polynomial : factor >>> 1
  }
  return product >>> 0
}
