import { type Arguments, readArguments } from './arguments.ts'
import { runCampaign } from './campaign.ts'
import { simulate } from './simulate.ts'

const usage = 'npm run sim -- [--seeds N] [--first S] | --seed S [--trace]'

/** 0 when every promise held, 1 when one did not, 2 for bad arguments. */
async function main(): Promise<number> {
  let args: Arguments
  try {
    args = readArguments(process.argv.slice(2))
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}; usage: ${usage}`)
    return 2
  }
  return (await runCampaign(args, { simulate, print: (line) => console.log(line) })) ? 0 : 1
}

process.exitCode = await main()
