/** Has all nodes restore the rules of placement and balance, after some came, left or filled up. */
import type { NodeRebalance, RebalanceReport } from '@p2pstore/node'
import type { Command } from 'commander'
import type { Act } from '../act.ts'
import { formatByteSize } from '../byte-size.ts'
import { formatDuration } from '../duration.ts'
import { type ExitCode, exitCode } from '../exit-code.ts'
import type { RebalanceSummary, Task } from '../rebalance-progress.ts'
import type { Session } from '../session.ts'
import { shortId } from '../short-id.ts'
import { formatTable } from '../table.ts'

interface RebalanceFlags {
  readonly plan?: true
  readonly stop?: true
  readonly wait: boolean
}

const notes = `
Each node looks at the objects that it holds shards of, and gives away what is where it should not be, or more than its share of all that is
stored. A shard is deleted only when its new node has acknowledged it and the object's pages say where it is. Nodes go on when the command is
interrupted; what is stopped goes on where it was when the command is given again.`

export function addRebalance(program: Command, act: Act): void {
  program
    .command('rebalance')
    .description('move shards to where they should be, and from full nodes to empty ones, after nodes came or left')
    .option('--plan', 'show what would be moved, and how long that takes; nothing is')
    .option('--stop', 'have the nodes stop')
    .option('--no-wait', `let the nodes go on with it alone; ends with ${exitCode.temporary} unless all is done`)
    .addHelpText('after', notes)
    .action(act(rebalance))
}

async function rebalance(session: Session, flags: RebalanceFlags): Promise<ExitCode> {
  await using client = await session.connect()
  if (flags.stop) {
    const answers = await client.rebalance('stop')
    const nodes = answers.map(({ peerId, report }) => ({ peerId, ...report }))
    session.report({ isStopped: true, nodes }, 'the nodes have stopped; what has been moved stays where it is')
    return exitCode.ok
  }
  const task: Task = flags.plan ? 'plan' : 'move'
  if (flags.wait && task === 'move') {
    session.note('The nodes go on if this is interrupted; rebalance --stop stops them.')
  }
  const { summaryOf, untilIdle } = await import('../rebalance-progress.ts')
  const answers = await (flags.wait ? untilIdle(task, client, session) : client.rebalance(task))
  const summary = summaryOf(answers)
  const isDone = answers.every(({ report }) => report?.state === 'idle' && report.problem === null)
  const nodes = answers.map(({ peerId, report }) => ({ peerId, ...report }))
  session.report({ task, isDone, ...summary, nodes }, `${table(task, answers)}\n\n${describe(task, summary, isDone)}`)
  return isDone && summary.hinderedShards === 0 ? exitCode.ok : exitCode.temporary
}

function describe(task: Task, summary: RebalanceSummary, isDone: boolean): string {
  const { planned, moved, misplacedShards, hinderedShards, durationMs, silentNodes } = summary
  const amount = ({ shards, bytes }: RebalanceReport['moved']): string => `${shards} shards (${formatByteSize(bytes)})`
  const done = `${amount(moved)}${isDone ? '' : ` of ${amount(planned)}`} were moved${isDone ? '' : '; the nodes go on'}`
  const plan = `${amount(planned)} are to be moved, some ${formatDuration(durationMs)}`
  const nothing = 'nothing is to be moved'
  return [
    task === 'move' ? done : planned.shards === 0 ? nothing : plan,
    ...(misplacedShards > 0 ? [`${misplacedShards} of them are too many in their domains`] : []),
    ...(hinderedShards > 0 ? [`${hinderedShards} can't go where they should: add nodes, or try again`] : []),
    ...(silentNodes.length > 0 ? [`without an answer: ${silentNodes.map(shortId).join(', ')}`] : []),
  ].join('; ')
}

function table(task: Task, answers: readonly NodeRebalance[]): string {
  const reports = answers.flatMap(({ report }) => report ?? [])
  const heldBytes = reports.reduce((sum, report) => sum + report.heldBytes, 0)
  const roomBytes = reports.reduce((sum, report) => sum + report.roomBytes, 0)
  const takers = reports.flatMap((report) => report.takers)
  const rows = answers.map(({ peerId, report }) => {
    if (report === undefined) return [shortId(peerId), '', '', '', '', 'no answer']
    const got = takers.filter((taker) => taker.peerId === peerId).reduce((sum, { bytes }) => sum + bytes, 0)
    const given = (task === 'plan' ? report.planned : report.moved).bytes
    return [
      shortId(peerId),
      formatByteSize(report.heldBytes),
      formatByteSize(Math.round((heldBytes * report.roomBytes) / Math.max(1, roomBytes))),
      given === 0 ? '' : formatByteSize(given),
      got === 0 ? '' : formatByteSize(got),
      report.problem ?? (report.state === 'idle' ? '' : report.state),
    ]
  })
  return formatTable([['NODE', 'HOLDS', 'SHARE', 'GIVES', 'GETS', 'STATE'], ...rows], [1, 2, 3, 4])
}
