/**
 * Steps for a combination from its coefficients alone: one, or one per tile of a larger matrix. Sums shared beyond a tile are
 * few, while the time to look for them grows faster than the tile, and code beyond the instruction cache runs at half the
 * speed.
 */
import { type Combination, isBinary } from './combination.ts'
import { cellAt, matrix } from './matrix.ts'
import type { XorStep } from './recipe.ts'
import { planeSums, shareSums } from './xor-program.ts'

/** Sharing the sums of these takes 10 ms or so before the search itself is compiled, 3 ms after. */
const tileCoefficients = 64
/** Coefficients of 0 and 1 make an XOR or none, others 32 on average. */
const tileBinaryCoefficients = 2048
const tileTargets = 16

export function* directSteps(combination: Combination): Generator<XorStep> {
  const { sources, targets, accumulate = false } = combination
  const coefficients = isBinary(combination) ? tileBinaryCoefficients : tileCoefficients
  const widest = Math.floor(coefficients / Math.min(tileTargets, targets.length))
  const tileSources = Math.ceil(sources.length / Math.ceil(sources.length / widest))
  for (let row = 0; row < targets.length; row += tileTargets) {
    for (let column = 0; column === 0 || column < sources.length; column += tileSources) {
      const adds = accumulate || column > 0
      const tile = tileOf(combination, numbersFrom(row, tileTargets), numbersFrom(column, tileSources), adds)
      if (tile.targets.length === 0) continue
      yield { ...tile, program: shareSums(planeSums(tile)), accumulate: adds }
    }
  }
}

function numbersFrom(start: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => start + index)
}

/** Part of a combination, without the targets that a tile adds nothing to. */
function tileOf(
  { sources, targets, coefficients }: Combination,
  rows: readonly number[],
  columns: readonly number[],
  adds: boolean,
) {
  const present = columns.filter((column) => column < sources.length)
  const isNeeded = (row: number) => !adds || present.some((column) => cellAt(coefficients, row, column) !== 0)
  const needed = rows.filter((row) => row < targets.length && isNeeded(row))
  return {
    sources: present.map((column) => sources[column]!),
    targets: needed.map((row) => targets[row]!),
    coefficients: matrix(needed.length, present.length, (i, j) => cellAt(coefficients, needed[i]!, present[j]!)),
  }
}
