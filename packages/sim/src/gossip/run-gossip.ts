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
const healingNodes = 500
const predictionNodes = 200
const calmNodes = 100

/** Measures every figure of state, and tells each as it comes. */
async function measureGossip(
  { nodes, seed, nodeHours }: { nodes: number; seed: number; nodeHours: number },
  tell: (figure: Figure) => void,
): Promise<GossipReport> {
  const all: Figure[] = []
  const note = (figure: Figure): void => {
    all.push(figure)
    tell(figure)
  }
  const { figures, trace, messages } = await spread(nodes, seed)
  for (const figure of figures) note(figure)
  note(await prediction(Math.min(nodes, predictionNodes), seed))
  note(await healing(Math.min(nodes, healingNodes), seed))
  note(await calm(Math.min(nodes, calmNodes), nodeHours, seed))
  return { nodes, seed, trace, messages, figures: all, passed: all.every(({ passed }) => passed) }
}

/** @returns whether every figure is as good as it is to be. @throws Error when the arguments make no sense */
export async function runGossip(args: readonly string[], print: (line: string) => void): Promise<boolean> {
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
  const startMs = performance.now()
  const report = await measureGossip({ nodes, seed, nodeHours }, (figure) => {
    if (!values.json) print(describe(figure))
  })
  const tookSeconds = Math.round((performance.now() - startMs) / 1000)
  const { messages, trace } = report
  const summary = `${nodes} nodes, seed ${seed}, ${messages} messages, trace ${trace}, took ${tookSeconds} s`
  print(values.json ? JSON.stringify({ ...report, tookSeconds }) : summary)
  return report.passed
}

function describe({ what, value, target, unit, passed }: Figure): string {
  return `${passed ? 'passed' : 'FAILED'}  ${what}: ${`${value} ${unit}`.trimEnd()} (at most ${target})`
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  throw new Error(`${name} must be a whole number from ${least} to ${most}, not ${JSON.stringify(text)}`)
}
