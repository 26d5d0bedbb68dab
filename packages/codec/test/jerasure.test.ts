/**
 * The bit-sliced layout against the convention of Jerasure's `cauchy_good`, w = 8, packets of 16 bytes.
 *
 * Compared are the coding matrix, its bit matrix, and the parity that our kernels make with that matrix. test/golden holds them as
 * they follow from the published description (Plank and Xu, Optimizing Cauchy Reed–Solomon Codes for Fault-Tolerant Network
 * Storage Applications, 2006; Plank, Jerasure, 2007), carried out below independently of the codec, bit by bit; the library
 * itself is not run. Only m > 2: with two parities it uses a list of elements instead. Our own schemes use another Cauchy
 * matrix in the same layout.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { chooseEngine } from '../src/choose-engine.ts'
import { unencodedStripe } from './fixtures/stripe.ts'

interface GoldenVector {
  readonly data: number
  readonly parity: number
  /** Row by row, two digits an element. */
  readonly matrix: readonly string[]
  /** Row by row, bit of column 0 first, four columns a digit. */
  readonly bitMatrix: readonly string[]
  /** SHA-256 of each parity shard of `unencodedStripe(data, data + parity, 512)`. */
  readonly shards: readonly string[]
}

const file = new URL('golden/jerasure-cauchy-good.json', import.meta.url)
const vectors: readonly GoldenVector[] = JSON.parse(readFileSync(file, 'utf8'))

/** Multiplication of polynomials over GF(2) modulo 0x11D, bit by bit. */
function times(a: number, b: number): number {
  let product = 0
  for (let bit = 7; bit >= 0; bit--) {
    product = product & 0x80 ? (product << 1) ^ 0x11d : product << 1
    if ((b >> bit) & 1) product ^= a
  }
  return product
}

function inverseOf(a: number): number {
  return Array.from({ length: 256 }, (_, b) => b).find((b) => times(a, b) === 1)!
}

/** An element as rows of bits: column x holds the bits of element · 2^x, lowest in the first row. */
function bitsOf(element: number): number[][] {
  const columns = Array.from({ length: 8 }, (_, column) => times(element, 1 << column))
  return Array.from({ length: 8 }, (_, row) => columns.map((column) => (column >> row) & 1))
}

function onesOf(row: readonly number[]): number {
  return row.flatMap(bitsOf).flat().filter(Boolean).length
}

/** Row i, column j is 1 / (i + (m + j)); columns are divided by row 0, other rows by the element that leaves the fewest ones. */
function cauchyGood(data: number, parity: number): number[][] {
  const original = Array.from({ length: parity }, (_, i) =>
    Array.from({ length: data }, (_, j) => inverseOf(i ^ (parity + j))),
  )
  const scaled = original.map((row) => row.map((element, j) => times(element, inverseOf(original[0]![j]!))))
  return scaled.map((row) =>
    row
      .map((divisor) => row.map((element) => times(element, inverseOf(divisor))))
      .reduce((best, candidate) => (onesOf(candidate) < onesOf(best) ? candidate : best), row),
  )
}

function bitMatrixOf(matrix: readonly number[][]): number[][] {
  return matrix.flatMap((row) => Array.from({ length: 8 }, (_, bit) => row.flatMap((element) => bitsOf(element)[bit]!)))
}

/** Every row of the bit matrix names the packets whose XOR is the packet of that row. */
function parityBy(bitMatrix: readonly number[][], data: readonly Uint8Array[], lengthBytes: number): Uint8Array[] {
  const shards = Array.from({ length: bitMatrix.length / 8 }, () => new Uint8Array(lengthBytes))
  bitMatrix.forEach((row, output) => {
    row.forEach((isOne, input) => {
      if (!isOne) return
      const [source, target] = [data[input >> 3]!, shards[output >> 3]!]
      for (let at = 0; at < lengthBytes; at++) {
        if ((at % 128) >> 4 === (output & 7)) target[at]! ^= source[at - (at % 128) + 16 * (input & 7) + (at % 16)]!
      }
    })
  })
  return shards
}

function vectorOf(data: number, parity: number): GoldenVector {
  const matrix = cauchyGood(data, parity)
  const bitMatrix = bitMatrixOf(matrix)
  const shards = parityBy(bitMatrix, unencodedStripe(data, data + parity, 512).slice(0, data), 512)
  return {
    data,
    parity,
    matrix: matrix.map((row) => Buffer.from(row).toString('hex')),
    bitMatrix: bitMatrix.map((row) => row.join('').replace(/.{4}/g, (bits) => Number.parseInt(bits, 2).toString(16))),
    shards: shards.map(digestOf),
  }
}

function digestOf(shard: Uint8Array): string {
  return createHash('sha256').update(shard).digest('hex')
}

describe.each(vectors)('Jerasure cauchy_good, $data+$parity', (vector) => {
  const { data, parity } = vector

  it('is what the published description leads to', () => {
    expect(vectorOf(data, parity)).toEqual(vector)
  })

  it.each(['xor-program', 'reference'] as const)('is what the %s engine makes of the matrix', async (name) => {
    const cells = Uint8Array.from(Buffer.from(vector.matrix.join(''), 'hex'))
    const numbers = data + parity
    const workload = { layout: 'bits', isBinary: false, targets: parity, numbers, intermediates: 0 } as const
    const engine = await chooseEngine(workload, name)
    const stripe = unencodedStripe(data, numbers, 512)
    const targets = Array.from({ length: parity }, (_, row) => data + row)
    const coefficients = { rows: parity, columns: data, cells }
    engine.run({ sources: [...Array(data).keys()], targets, coefficients }, stripe)
    expect(stripe.slice(data).map(digestOf)).toEqual(vector.shards)
  })
})
