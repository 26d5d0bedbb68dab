/** Following nodes that plan or move, until they are done. */
import {
  type Client,
  type NodeRebalance,
  type RebalanceOrder,
  type RebalanceReport,
  rebalanceBytesPerSecond,
  systemClock,
} from '@p2pstore/node'
import type { Session } from './session.ts'

export type Task = Exclude<RebalanceOrder, 'show' | 'stop'>

/** Between two looks. */
const lookMs = 500
const clearLine = '\u001b[K'

/**
 * Has nodes do something, after what they may be doing already, and waits for its end. A node that does not answer any more is
 * not waited for.
 * @param peerIds default: all that are up
 */
export async function untilIdle(
  task: Task,
  client: Client,
  session: Session,
  peerIds?: readonly string[],
): Promise<NodeRebalance[]> {
  const { signal, surroundings, settings } = session
  const isShown = surroundings.stderr.isTTY === true && !settings.quiet && !settings.json
  const wanted = task === 'move' ? 'moving' : 'planning'
  let answers = await client.rebalance(task, peerIds)
  const all = answers.map(({ peerId }) => peerId)
  const begun = new Set(isIn(wanted, answers))
  for (;;) {
    signal.throwIfAborted()
    answers = await client.rebalance('show', all)
    const late = isIn('idle', answers).filter((peerId) => !begun.has(peerId))
    for (const peerId of isIn(wanted, await client.rebalance(task, late))) begun.add(peerId)
    if (late.length === 0 && answers.every(({ report }) => report === undefined || report.state === 'idle')) break
    if (isShown) surroundings.stderr.write(`\r${clearLine}${progressOf(answers)}`)
    await new Promise<void>((looked) => systemClock.setTimer(lookMs, looked))
  }
  if (isShown) surroundings.stderr.write(`\r${clearLine}`)
  return answers
}

export interface RebalanceSummary
  extends Pick<RebalanceReport, 'planned' | 'moved' | 'misplacedShards' | 'hinderedShards'> {
  /** That the busiest node needs for what is planned. */
  readonly durationMs: number
  readonly silentNodes: readonly string[]
}

export function summaryOf(answers: readonly NodeRebalance[]): RebalanceSummary {
  const reports = answers.flatMap(({ report }) => report ?? [])
  const sum = (of: (report: RebalanceReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0)
  return {
    planned: { shards: sum(({ planned }) => planned.shards), bytes: sum(({ planned }) => planned.bytes) },
    moved: { shards: sum(({ moved }) => moved.shards), bytes: sum(({ moved }) => moved.bytes) },
    misplacedShards: sum(({ misplacedShards }) => misplacedShards),
    hinderedShards: sum(({ hinderedShards }) => hinderedShards),
    durationMs: durationOf(answers),
    silentNodes: answers.filter(({ report }) => report === undefined).map(({ peerId }) => peerId),
  }
}

/** Each node gives and takes at the pace at which nodes move shards. */
function durationOf(answers: readonly NodeRebalance[]): number {
  const busy = new Map<string, number>()
  const add = (peerId: string, bytes: number): void => void busy.set(peerId, (busy.get(peerId) ?? 0) + bytes)
  for (const { peerId, report } of answers) {
    add(peerId, report?.planned.bytes ?? 0)
    for (const taker of report?.takers ?? []) add(taker.peerId, taker.bytes)
  }
  return (Math.max(0, ...busy.values()) / rebalanceBytesPerSecond) * 1000
}

function isIn(state: string, answers: readonly NodeRebalance[]): string[] {
  return answers.filter(({ report }) => report?.state === state).map(({ peerId }) => peerId)
}

function progressOf(answers: readonly NodeRebalance[]): string {
  const reports = answers.flatMap(({ report }) => report ?? [])
  const moved = reports.reduce((sum, report) => sum + report.moved.shards, 0)
  const part = reports.reduce((sum, { state, progress }) => sum + (state === 'idle' ? 1 : progress), 0)
  return `${Math.floor((part / Math.max(1, reports.length)) * 100)} % looked at, ${moved} shards moved`
}
