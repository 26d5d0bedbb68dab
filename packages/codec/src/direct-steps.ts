/**
 * Steps for a combination from its coefficients alone: a single program if it is small, else one per tile of the matrix.
 * Sums shared beyond tiles are few, while the time to look for them grows faster than the matrix, and code beyond the
 * instruction cache runs at half the speed.
 */
import type { Combination } from './combination.ts'
import { cellAt, matrix } from './matrix.ts'
import type { XorStep } from './recipe.ts'
import { planeSums, shareSums, xorCount } from './xor-program.ts'

/** What shared sums are found for in 10 ms or so. */
const maximumSingleXors = 2500
/** Tiles are wider than high because the XORs of a tile's targets are shared, those with other tiles' results are not. */
const tileTargets = 16
const tileSources = 4

export function* directSteps(combination: Combination): Generator<XorStep> {
  const { sources, targets, accumulate = false } = combination
  const sums = planeSums(combination)
  if (xorCount(sums) <= maximumSingleXors) {
    yield { sources, targets, program: shareSums(sums), accumulate }
    return
  }
  for (let row = 0; row < targets.length; row += tileTargets) {
    for (let column = 0; column < sources.length; column += tileSources) {
      const tile = tileOf(combination, row, column)
      yield { ...tile, program: shareSums(planeSums(tile)), accumulate: accumulate || column > 0 }
    }
  }
}

function tileOf({ sources, targets, coefficients }: Combination, row: number, column: number): Combination {
  const tile = {
    sources: sources.slice(column, column + tileSources),
    targets: targets.slice(row, row + tileTargets),
  }
  const cell = (i: number, j: number) => cellAt(coefficients, row + i, column + j)
  return { ...tile, coefficients: matrix(tile.targets.length, tile.sources.length, cell) }
}
