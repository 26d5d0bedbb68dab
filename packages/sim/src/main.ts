import { type Arguments, readArguments } from './arguments.ts'
import { runCampaign } from './campaign.ts'
import { gossipUsage, runGossip } from './gossip/run-gossip.ts'
import { simulate } from './simulate.ts'

const usage = `npm run sim -- [--seeds N] [--first S] | --seed S [--trace]; ${gossipUsage}`
const print = (line: string): void => console.log(line)
const progress = (line: string): void => console.error(line)

/** 0 when every promise held, 1 when one did not, 2 for bad arguments. */
async function main([kind, ...rest]: readonly string[]): Promise<number> {
  try {
    if (kind === 'gossip') return (await runGossip(rest, { print, progress })) ? 0 : 1
    const args: Arguments = readArguments(kind === undefined ? [] : [kind, ...rest])
    return (await runCampaign(args, { simulate, print })) ? 0 : 1
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}; usage: ${usage}`)
    return 2
  }
}

process.exitCode = await main(process.argv.slice(2))
