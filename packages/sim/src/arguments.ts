import { parseArgs } from 'node:util'

export interface Arguments {
  readonly first: number
  readonly count: number
  readonly isTraced: boolean
}

const defaultSeeds = 20
const largestSeed = 2 ** 32 - 1

/**
 * `--seeds N [--first S]` (default: 20 seeds from 1), or `--seed S`; `--trace` prints what happens.
 * @throws Error that says in one line what is wrong with the arguments
 */
export function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string' },
      first: { type: 'string' },
      seed: { type: 'string' },
      trace: { type: 'boolean', default: false },
    },
  })
  const { seed, seeds, first, trace: isTraced } = values
  if (seed !== undefined && (seeds !== undefined || first !== undefined)) {
    throw new Error('--seed is one seed, --seeds and --first are many: give one or the other')
  }
  if (seed !== undefined) return { first: wholeNumber('--seed', seed, 0), count: 1, isTraced }
  const range = {
    first: first === undefined ? 1 : wholeNumber('--first', first, 0),
    count: seeds === undefined ? defaultSeeds : wholeNumber('--seeds', seeds, 1),
  }
  if (range.first + range.count - 1 > largestSeed) throw new Error(`the largest seed is ${largestSeed}`)
  return { ...range, isTraced }
}

function wholeNumber(name: string, text: string, least: number): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= largestSeed) return number
  throw new Error(`${name} must be a whole number from ${least} to ${largestSeed}, not ${JSON.stringify(text)}`)
}
