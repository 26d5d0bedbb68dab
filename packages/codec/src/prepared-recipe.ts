import { preparedPrograms } from './generated/prepared-programs.ts'
import { unpackProgram } from './packed-program.ts'
import type { Recipe } from './recipe.ts'

/** How to encode a common group, found by a search too long for run time; undefined for others. */
export function preparedRecipe(dataShards: number, parityShards: number): Recipe | undefined {
  const prepared = preparedPrograms[`${dataShards}+${parityShards}`]
  if (!prepared) return undefined
  const sources = [...Array(dataShards).keys()]
  const targets = Array.from({ length: parityShards }, (_, row) => dataShards + row)
  const program = unpackProgram(prepared.program)
  return { steps: () => [{ sources, targets, program, accumulate: false }], intermediates: 0, isPrepared: true }
}
