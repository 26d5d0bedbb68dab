import { parseArgs } from 'node:util'
import { calm, type Figure, healing, prediction, spread } from './figures.ts'

interface GossipReport {
  readonly nodes: number
  readonly seed: number
  /** Of the network of so many nodes: the same again for the same seed. */
  readonly trace: string
  readonly messages: number
  readonly figures: readonly Figure[]
  readonly passed: boolean
}

export const gossipUsage = 'npm run sim -- gossip [--nodes N] [--seed S] [--node-hours H] [--json]'

/** Other networks than the one asked for are no larger than this. */
const healingNodes = 1_000
const predictionNodes = 200
const calmNodes = 100

/** Measures every figure of state. @param nodes 10 … 10,000 @param nodeHours watched for false deaths */
async function measureGossip(nodes: number, seed: number, nodeHours: number): Promise<GossipReport> {
  const { figures, trace, messages } = await spread(nodes, seed)
  const all = [
    ...figures,
    await healing(Math.min(nodes, healingNodes), seed),
    await calm(Math.min(nodes, calmNodes), nodeHours, seed),
    await prediction(Math.min(nodes, predictionNodes), seed),
  ]
  return { nodes, seed, trace, messages, figures: all, passed: all.every(({ passed }) => passed) }
}

/** @returns whether every figure is as good as it is to be. @throws Error when the arguments make no sense */
export async function runGossip(args: readonly string[], print: (line: string) => void): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      nodes: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      'node-hours': { type: 'string', default: '1000' },
      json: { type: 'boolean', default: false },
    },
  })
  const nodes = wholeNumber('--nodes', values.nodes, 10, 10_000)
  const seed = wholeNumber('--seed', values.seed, 0, 2 ** 32 - 1)
  const nodeHours = wholeNumber('--node-hours', values['node-hours'], 1, 100_000)
  const startMs = performance.now()
  const report = await measureGossip(nodes, seed, nodeHours)
  const tookSeconds = Math.round((performance.now() - startMs) / 1000)
  if (values.json) print(JSON.stringify({ ...report, tookSeconds }))
  else for (const line of describe(report, tookSeconds)) print(line)
  return report.passed
}

function describe({ nodes, seed, trace, messages, figures }: GossipReport, tookSeconds: number): string[] {
  const lines = figures.map(({ what, value, target, unit, passed }) =>
    `${passed ? 'passed' : 'FAILED'}  ${what}: ${value} ${unit} (at most ${target})`.replace('  (', ' ('),
  )
  return [...lines, `${nodes} nodes, seed ${seed}, ${messages} messages, trace ${trace}, took ${tookSeconds} s`]
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  throw new Error(`${name} must be a whole number from ${least} to ${most}, not ${JSON.stringify(text)}`)
}
