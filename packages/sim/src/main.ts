/** `npm run sim -- --seeds N [--first S]`, or `--seed S [--trace]` to replay one. */
import { parseArgs } from 'node:util'
import { type Outcome, simulate } from './simulate.ts'

const usage = 'usage: npm run sim -- [--seeds N] [--first S] | --seed S [--trace]'
const defaultSeeds = 20
const largestSeed = 2 ** 32 - 1

interface Arguments {
  readonly first: number
  readonly count: number
  readonly isTraced: boolean
}

/** @throws Error that says what is wrong with the arguments */
function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string' },
      first: { type: 'string' },
      seed: { type: 'string' },
      trace: { type: 'boolean', default: false },
    },
  })
  if (values.seed !== undefined && (values.seeds !== undefined || values.first !== undefined)) {
    throw new Error('--seed is one seed, --seeds and --first are many: give one or the other')
  }
  const count = values.seed === undefined ? wholeNumber('--seeds', values.seeds ?? `${defaultSeeds}`, 1) : 1
  const first = wholeNumber(values.seed === undefined ? '--first' : '--seed', values.seed ?? values.first ?? '1', 0)
  if (first + count - 1 > largestSeed) throw new Error(`the largest seed is ${largestSeed}`)
  return { first, count, isTraced: values.trace }
}

function wholeNumber(name: string, text: string, least: number): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= largestSeed) return number
  throw new Error(`${name} must be a whole number from ${least} to ${largestSeed}, not ${JSON.stringify(text)}`)
}

/** @returns whether every promise held under every seed */
async function run({ first, count, isTraced }: Arguments): Promise<boolean> {
  const failed: Outcome[] = []
  for (let seed = first; seed < first + count; seed += 1) {
    const outcome = await simulate({ seed, ...(isTraced && { write: (line: string) => console.log(line) }) })
    console.log(describe(outcome))
    if (outcome.violation !== undefined) failed.push(outcome)
  }
  console.log(`${count - failed.length} of ${count} seeds passed`)
  return failed.length === 0
}

function describe({ seed, digest, elapsedMs, violation }: Outcome): string {
  const head = `seed ${seed}  ${Math.round(elapsedMs / 1000)} s  ${digest.slice(0, 16)}`
  if (violation === undefined) return `${head}  ok`
  return `${head}  FAILED ${violation.checker}: ${violation.message}\n  replay: npm run sim -- --seed ${seed} --trace`
}

async function main(): Promise<number> {
  let args: Arguments
  try {
    args = readArguments(process.argv.slice(2))
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}; ${usage}`)
    return 2
  }
  return (await run(args)) ? 0 : 1
}

process.exitCode = await main()
