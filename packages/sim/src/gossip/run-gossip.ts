import { parseArgs } from 'node:util'
import type { Figure } from './figures/figure.ts'
import { spread } from './figures/spread.ts'
import type { Progress } from './figures/world.ts'
import { measureSmallNetworks, type SmallNetworks } from './small-networks.ts'

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

export const gossipUsage = 'npm run sim -- gossip [--nodes N] [--seed S] [--node-hours H] [--json]'

/** Measures every figure of state, and tells each as it comes. */
async function measureGossip({ nodes, seed, nodeHours }: SmallNetworks, progress: Progress): Promise<GossipReport> {
  const startMs = performance.now()
  const tookSeconds = (): number => Math.round((performance.now() - startMs) / 1000)
  const timed = (text: string): void => progress(`${tookSeconds()} s  ${text}`)
  const failed = new AbortController()
  const small = measureSmallNetworks({ nodes, seed, nodeHours }, timed, failed.signal)
  small.catch(() => {})
  try {
    const { figures, trace, messages } = await spread({ nodes, seed, progress: (text) => timed(`spread: ${text}`) })
    const all = [...figures, ...(await small)]
    const { user, system } = process.cpuUsage()
    return {
      ...{ nodes, seed, trace, messages, figures: all, passed: all.every(({ passed }) => passed) },
      ...{ tookSeconds: tookSeconds(), processorSeconds: Math.round((user + system) / 1e6) },
    }
  } finally {
    failed.abort()
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
