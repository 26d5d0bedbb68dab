/**
 * Looks for short XOR programs that encode common groups, and writes them to src/generated/prepared-programs.ts.
 *
 * Sharing sums is greedy, so how well it does hangs on which of equally frequent pairs it happens to take. Shuffling inputs
 * and outputs makes it take others; the best of many tries saves a few per cent. Every try is named by its seed.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { packProgram } from '../src/packed-program.ts'
import type { XorProgram } from '../src/recipe.ts'
import { cauchyParity } from '../src/reed-solomon.ts'
import { planeSums, shareSums, xorCount } from '../src/xor-program.ts'

const generated = new URL('../src/generated/prepared-programs.ts', import.meta.url)
const tries = 1000
/** Data and parity shards. */
const groups = [
  [3, 2], [4, 2], [6, 2], [8, 2], [10, 2], [6, 3], [8, 3], [9, 3], [12, 3], [17, 3], [8, 4], [10, 4], [12, 4], [16, 4],
] as const

/** The program that a seed leads to. */
export function shuffledProgram(dataShards: number, parityShards: number, seed: number): XorProgram {
  const random = generator(seed)
  const plain = planeSums({
    sources: [...Array(dataShards).keys()],
    targets: Array.from({ length: parityShards }, (_, row) => dataShards + row),
    coefficients: cauchyParity(dataShards, parityShards),
  })
  const inputs = shuffled(plain.inputs, random)
  const newNumber = invert(inputs)
  const outputs = shuffled(plain.outputs.length, random)
  const shared = shareSums({
    ...plain,
    outputs: outputs.map((output) => plain.outputs[output]!.map((term) => newNumber[term]!).sort((a, b) => a - b)),
  })
  const term = (number: number) => inputs[number] ?? number
  return {
    ...shared,
    pairs: shared.pairs.map(([a, b]) => [term(a), term(b)]),
    outputs: invert(outputs).map((position) => shared.outputs[position]!.map(term)),
  }
}

function shuffled(count: number, random: (limit: number) => number): number[] {
  const numbers = [...Array(count).keys()]
  for (let last = count - 1; last > 0; last--) {
    const other = random(last + 1)
    const number = numbers[last]!
    numbers[last] = numbers[other]!
    numbers[other] = number
  }
  return numbers
}

function invert(permutation: readonly number[]): number[] {
  const inverse: number[] = []
  permutation.forEach((to, from) => { inverse[to] = from })
  return inverse
}

/** A xorshift generator of numbers below a limit. */
function generator(seed: number): (limit: number) => number {
  let state = Math.imul(seed, 2654435761) | 1
  return (limit) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % limit
  }
}

function bestEntry(dataShards: number, parityShards: number): string {
  let [bestSeed, fewest] = [0, Number.POSITIVE_INFINITY]
  for (let seed = 1; seed <= tries; seed++) {
    const count = xorCount(shuffledProgram(dataShards, parityShards, seed))
    if (count < fewest) [bestSeed, fewest] = [seed, count]
  }
  const program = packProgram(shuffledProgram(dataShards, parityShards, bestSeed))
  return `  '${dataShards}+${parityShards}': {\n    seed: ${bestSeed},\n    xors: ${fewest},\n    program:\n      '${program}',\n  },`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const entries = groups.map(([dataShards, parityShards]) => bestEntry(dataShards, parityShards))
  const lines = [
    '// Made by `npm run build:programs`, see assembly/prepare.ts.',
    'export const preparedPrograms: Record<string, { seed: number; xors: number; program: string }> = {',
    ...entries,
    '}',
  ]
  writeFileSync(generated, `${lines.join('\n')}\n`)
}
