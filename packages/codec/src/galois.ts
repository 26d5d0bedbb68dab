/**
 * The field GF(2^8): bytes that can be added, multiplied and divided without ever leaving the byte.
 *
 * Addition and subtraction are both XOR. A byte is a polynomial over GF(2), bit i the coefficient of x^i; multiplication is
 * that of polynomials modulo x^8 + x^4 + x^3 + x^2 + 1 (0x11D), the polynomial of Backblaze, klauspost, ISA-L and RAID-6.
 * x generates the multiplicative group, so every nonzero byte is a power of it: products are sums of logarithms.
 */
const fieldPolynomial = 0x11d
const groupOrder = 255

const powers = new Uint8Array(2 * groupOrder)
const logarithms = new Uint8Array(256)
for (let exponent = 0, value = 1; exponent < groupOrder; exponent++) {
  powers[exponent] = value
  powers[exponent + groupOrder] = value
  logarithms[value] = exponent
  value <<= 1
  if (value > 255) value ^= fieldPolynomial
}

const products = new Uint8Array(256 * 256)
for (let a = 1; a < 256; a++) {
  for (let b = 1; b < 256; b++) products[a * 256 + b] = powers[logarithms[a]! + logarithms[b]!]!
}

export function multiply(a: number, b: number): number {
  return products[a * 256 + b]!
}

/** The row of the multiplication table of one factor: 256 products. Not to be written to. */
export function productsOf(factor: number): Uint8Array {
  return products.subarray(factor * 256, factor * 256 + 256)
}

/** @throws RangeError for 0, which has no inverse */
export function invert(a: number): number {
  if (a === 0) throw new RangeError('0 has no inverse in GF(2^8)')
  return powers[groupOrder - logarithms[a]!]!
}

/** base^exponent, with 0^0 = 1 as polynomials are evaluated. */
export function power(base: number, exponent: number): number {
  if (exponent === 0) return 1
  if (base === 0) return 0
  return powers[(logarithms[base]! * exponent) % groupOrder]!
}
