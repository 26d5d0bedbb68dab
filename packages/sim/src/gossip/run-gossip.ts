import { parseArgs } from 'node:util'
import { calm } from './figures/calm.ts'
import type { Figure } from './figures/figure.ts'
import { healing } from './figures/healing.ts'
import { prediction } from './figures/prediction.ts'
import { spread } from './figures/spread.ts'
import type { Measurement, Progress } from './figures/world.ts'

interface GossipReport {
  readonly nodes: number
  readonly seed: number
  /** Of the network of so many nodes: the same again for the same seed. */
  readonly trace: string
  readonly messages: number
  readonly figures: readonly Figure[]
  readonly passed: boolean
  readonly tookSeconds: number
  /** Of all threads: on a machine that does other things too it tells more. */
  readonly processorSeconds: number
}

interface Size {
  readonly nodes: number
  readonly seed: number
  readonly nodeHours: number
}

export const gossipUsage = 'npm run sim -- gossip [--nodes N] [--seed S] [--node-hours H] [--json]'

/** Other networks than the one asked for are no larger than this. */
const healingNodes = 400
const predictionNodes = 1_000
const calmNodes = 100

/** Measures every figure of state, and tells each as it comes. */
async function measureGossip({ nodes, seed, nodeHours }: Size, progress: Progress): Promise<GossipReport> {
  const startMs = performance.now()
  const tookSeconds = (): number => Math.round((performance.now() - startMs) / 1000)
  const upTo = (most: number, name: string): Measurement => ({
    nodes: Math.min(nodes, most),
    seed,
    progress: (text) => progress(`${tookSeconds()} s  ${name}: ${text}`),
  })
  const { figures, trace, messages } = await spread(upTo(nodes, 'spread'))
  const all = [
    ...figures,
    await healing(upTo(healingNodes, 'healing')),
    await prediction(upTo(predictionNodes, 'prediction')),
    await calm({ ...upTo(calmNodes, 'calm'), nodeHours }),
  ]
  const { user, system } = process.cpuUsage()
  return {
    ...{ nodes, seed, trace, messages, figures: all, passed: all.every(({ passed }) => passed) },
    ...{ tookSeconds: tookSeconds(), processorSeconds: Math.round((user + system) / 1e6) },
  }
}

/** Where lines go: what was measured, and how far it has come. */
interface Outlets {
  readonly print: (line: string) => void
  readonly progress: Progress
}

/** @returns whether every figure is as good as it is to be. @throws Error when the arguments make no sense */
export async function runGossip(args: readonly string[], { print, progress }: Outlets): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      nodes: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      'node-hours': { type: 'string', default: '100' },
      json: { type: 'boolean', default: false },
    },
  })
  const nodes = wholeNumber('--nodes', values.nodes, 10, 10_000)
  const seed = wholeNumber('--seed', values.seed, 0, 2 ** 32 - 1)
  const nodeHours = wholeNumber('--node-hours', values['node-hours'], 1, 100_000)
  const report = await measureGossip({ nodes, seed, nodeHours }, progress)
  for (const line of values.json ? [JSON.stringify(report)] : describe(report)) print(line)
  return report.passed
}

function describe({ figures, nodes, seed, messages, trace, tookSeconds, processorSeconds }: GossipReport): string[] {
  const lines = figures.map(({ what, value, target, unit, passed }) => {
    return `${passed ? 'passed' : 'FAILED'}  ${what}: ${`${value} ${unit}`.trimEnd()} (at most ${target})`
  })
  const cost = `took ${tookSeconds} s, ${processorSeconds} s of processor time`
  return [...lines, `${nodes} nodes, seed ${seed}, ${messages} messages, trace ${trace}, ${cost}`]
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  throw new Error(`${name} must be a whole number from ${least} to ${most}, not ${JSON.stringify(text)}`)
}
