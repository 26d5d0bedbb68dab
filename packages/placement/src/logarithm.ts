/*
 * A binary logarithm in whole numbers. Math.log may differ in its last bit from engine to engine, and one bit can be a
 * different node. So the logarithm of a 32-bit number is looked up: its leading bit gives the whole part, the 8 bits after
 * it a row in a table of log2(1 + i/256) · 2^32, and the rest interpolates between two rows. Every step is exact in a
 * double, so every engine gets the same number.
 *
 * The rows are made with integers too: squaring x in [1, 2) doubles its logarithm, and each time the square reaches 2 the
 * next bit of the logarithm is 1 and the square is halved.
 */
const ROWS = 256
const FRACTION_BITS = 32
const ONE = 2 ** FRACTION_BITS
const ROW_STEP = ONE / ROWS
const HASH_BITS = 32

const TABLE = Float64Array.from({ length: ROWS + 1 }, (_, row) => tableRow(row))
/** 2^(32 − i): what a number with i bits after its leading one is stretched by to fill the fraction. */
const STRETCH = Float64Array.from({ length: HASH_BITS }, (_, whole) => 2 ** (FRACTION_BITS - whole))

/**
 * How unlikely it is to draw a number as high as `hash`: −log2((hash + 1) / 2^32) · 2^32, to within 0.1 % or 1.
 * Falls, never rises, as `hash` grows.
 * @param hash 0 … 2^32 − 1
 * @returns an integer, 2^37 for 0 down to 0 for the highest hash
 */
export function rarity(hash: number): number {
  return HASH_BITS * ONE - log2(hash + 1)
}

/** log2(x) · 2^32 for x in 1 … 2^32. */
function log2(x: number): number {
  if (x === 2 ** HASH_BITS) return HASH_BITS * ONE
  const whole = 31 - Math.clz32(x)
  const fraction = x * STRETCH[whole]! - ONE
  const row = Math.floor(fraction / ROW_STEP)
  const low = TABLE[row]!
  const high = TABLE[row + 1]!
  return whole * ONE + low + Math.floor(((high - low) * (fraction - row * ROW_STEP)) / ROW_STEP)
}

/** log2(1 + row/256) · 2^32, rounded down. */
function tableRow(row: number): number {
  if (row === ROWS) return ONE
  const one = 1n << 64n
  let square = one + (one / BigInt(ROWS)) * BigInt(row)
  let bits = 0
  for (let i = 0; i < FRACTION_BITS; i++) {
    square = (square * square) / one
    const bit = square >= 2n * one ? 1 : 0
    if (bit === 1) square /= 2n
    bits = bits * 2 + bit
  }
  return bits
}
