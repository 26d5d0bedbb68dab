/**
 * What the shards of a stripe must satisfy, and what their equations add up to: zero where all shards agree.
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

/**
 * Some of the shards that are left as sums of the others: all agree when the targets hold what the combination makes of the
 * sources.
 */
export function checkWithout(code: LinearCode, erased: readonly number[]): Combination {
  const survivors = [...Array(code.totalShards).keys()].filter((shard) => !erased.includes(shard))
  const { reduced, pivots } = eliminate(checksOf(code.parity), [...erased, ...survivors.toReversed()])
  const rows = [...pivots.keys()].filter((row) => !erased.includes(pivots[row]!))
  const targets = rows.map((row) => pivots[row]!)
  const sources = survivors.filter((shard) => !targets.includes(shard))
  return {
    sources,
    targets,
    coefficients: matrix(rows.length, sources.length, (i, j) => cellAt(reduced, rows[i]!, sources[j]!)),
  }
}

/** Computes equations, zero when all shards agree, one per target of the check. Its targets have numbers beyond the stripe's. */
export function equationsOf({ sources, targets, coefficients }: Combination, totalShards: number): Combination {
  return {
    sources: [...sources, ...targets],
    targets: [...targets.keys()].map((row) => totalShards + row),
    coefficients: checksOf(coefficients),
  }
}

/** Arrays for the sums of that many equations, to be used again and again. */
export function syndromeRoom(equations: number): Uint8Array[] {
  return Array.from({ length: equations }, () => new Uint8Array(pieceBytes))
}

/** The sums of the equations over the shards, piece by piece, in the arrays of `room`, overwritten by the next piece. */
export function* syndromes(
  engine: Engine,
  equations: Combination,
  shards: Shards,
  room: readonly Uint8Array[],
): Generator<readonly Uint8Array[]> {
  if (equations.targets.length === 0) return
  const lengthBytes = shards[equations.sources[0] ?? 0]?.length ?? 0
  for (let from = 0; from < lengthBytes; from += pieceBytes) {
    const to = Math.min(from + pieceBytes, lengthBytes)
    const sums = equations.targets.map((_, equation) => room[equation]!.subarray(0, to - from))
    engine.run(equations, [...shards.map((shard) => shard?.subarray(from, to)), ...sums])
    yield sums
  }
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
