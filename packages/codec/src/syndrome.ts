/**
 * What the check equations of a stripe add up to: zero where all shards agree.
 *
 * Erased shards are unknown, so the equations are first combined into those that do without them. What is left says nothing
 * about the data and everything about errors.
 */
import { blockBytes, planeBytes } from './block.ts'
import type { Combination } from './combination.ts'
import type { Engine } from './engine.ts'
import { checksOf, type LinearCode } from './linear-code.ts'
import { cellAt, eliminate, matrix } from './matrix.ts'

/** How much of each shard is checked at a time. */
const pieceBytes = 16_384

type Shards = readonly (Uint8Array | undefined)[]

/** Computes the equations that hold without certain shards, one per target. Targets have numbers beyond the stripe's. */
export type Check = Combination

export function checkWithout(code: LinearCode, erased: readonly number[]): Check {
  const { reduced, pivots } = eliminate(checksOf(code.parity), erased)
  const sources = [...Array(code.totalShards).keys()].filter((shard) => !erased.includes(shard))
  const rows = reduced.rows - pivots.length
  const coefficients = matrix(rows, sources.length, (row, column) =>
    cellAt(reduced, pivots.length + row, sources[column]!),
  )
  return { sources, targets: Array.from({ length: rows }, (_, row) => code.totalShards + row), coefficients }
}

/** Arrays for the sums of that many equations, to be used again and again. */
export function syndromeRoom(equations: number): Uint8Array[] {
  return Array.from({ length: equations }, () => new Uint8Array(pieceBytes))
}

/** The sums of the equations over the shards, piece by piece, in the arrays of `room`, overwritten by the next piece. */
export function* syndromes(
  engine: Engine,
  check: Check,
  shards: Shards,
  room: readonly Uint8Array[],
): Generator<readonly Uint8Array[]> {
  if (check.targets.length === 0) return
  const lengthBytes = shards[check.sources[0] ?? 0]?.length ?? 0
  for (let from = 0; from < lengthBytes; from += pieceBytes) {
    const to = Math.min(from + pieceBytes, lengthBytes)
    const sums = check.targets.map((_, equation) => room[equation]!.subarray(0, to - from))
    engine.run(check, [...shards.map((shard) => shard?.subarray(from, to)), ...sums])
    yield sums
  }
}

/** Whether all sums are zero. They are looked at four bytes at a time, which the arrays of {@link syndromeRoom} allow. */
export function isZero(sums: readonly Uint8Array[]): boolean {
  for (const sum of sums) {
    const words = new Int32Array(sum.buffer, sum.byteOffset, sum.length >> 2)
    let bits = 0
    for (let index = 0; index < words.length; index++) bits |= words[index]!
    for (let index = words.length << 2; index < sum.length; index++) bits |= sum[index]!
    if (bits !== 0) return false
  }
  return true
}

/** The field elements at one position of several shards in bit-sliced layout; positions count elements. */
export function slicedElements(shards: readonly Uint8Array[], position: number): Uint8Array {
  const block = position - (position % blockBytes)
  const byte = block + ((position % blockBytes) >> 3)
  const bit = position & 7
  return Uint8Array.from(shards, (shard) => {
    let element = 0
    for (let plane = 0; plane < 8; plane++) element |= ((shard[byte + planeBytes * plane]! >> bit) & 1) << plane
    return element
  })
}
