/** Many runs, one after the other, each reported as it ends. */
import type { Arguments } from './arguments.ts'
import type { Outcome, simulate } from './simulate.ts'

export interface CampaignParts {
  readonly simulate: typeof simulate
  /** Takes the lines of the report. */
  readonly print: (line: string) => void
}

/** @returns whether every promise held under every seed */
export async function runCampaign(args: Arguments, { simulate, print }: CampaignParts): Promise<boolean> {
  const { first, count, isTraced } = args
  let passed = 0
  for (let seed = first; seed < first + count; seed += 1) {
    const outcome = await simulate({ seed, write: isTraced ? print : undefined })
    if (outcome.violation === undefined) passed += 1
    print(describe(outcome))
  }
  print(`${passed} of ${count} seeds passed`)
  return passed === count
}

function describe({ seed, digest, elapsedMs, violation }: Outcome): string {
  const run = `seed ${seed}  ${digest.slice(0, 16)}  ${Math.round(elapsedMs / 1000)} s`
  if (violation === undefined) return `${run}  ok`
  return `${run}  FAILED ${violation.checker}: ${violation.message}\n  npm run sim -- --seed ${seed} --trace`
}
