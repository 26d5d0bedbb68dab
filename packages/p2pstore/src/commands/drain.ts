/** Empties a whole node into the others, so that it can be switched off. */
import type { NodeControl, UnitReport } from '@p2pstore/node'
import type { Command } from 'commander'
import type { Act } from '../act.ts'
import { formatByteSize } from '../byte-size.ts'
import { formatDuration } from '../duration.ts'
import { type ExitCode, exitCode } from '../exit-code.ts'
import type { Session } from '../session.ts'
import { shortId } from '../short-id.ts'
import { formatTable } from '../table.ts'

interface DrainFlags {
  readonly cancel?: boolean
  readonly plan?: true
  readonly wait: boolean
}

interface Left {
  readonly shards: number
  readonly bytes: number
}

/** Between two looks at what is left. */
const lookMs = 500
const clearLine = '\u001b[K'
/** What a node is taken to move in a second before it has moved anything. */
const plannedBytesPerSecond = 32 << 20

export function addDrain(program: Command, act: Act): void {
  program
    .command('drain')
    .description("move all that this home's node holds to other nodes; ends when the node may be switched off")
    .option('--plan', 'show what would be moved where, and how long that takes; nothing is')
    .option('--cancel', 'keep the node: what is still here stays, and it takes new shards again')
    .option('--no-wait', `let the node go on with it alone; ends with ${exitCode.temporary} until nothing is left`)
    .action(act(drain))
}

async function drain(session: Session, flags: DrainFlags): Promise<ExitCode> {
  await using opened = await session.control()
  const { control, isRunning, peerId } = opened
  if (flags.plan) return plan(peerId, leftIn(await control.units()), isRunning, session)
  await control.drain(flags.cancel !== true)
  if (flags.cancel) {
    session.report({ isDraining: false }, 'the node is not being emptied any more, and takes new shards')
    return exitCode.ok
  }
  const before = leftIn(await control.units())
  const after = flags.wait && isRunning ? await untilEmpty(control, before, session) : before
  const isEmpty = after.shards === 0
  const report = { isDraining: true, isRunning, isEmpty, leftShards: after.shards, leftBytes: after.bytes }
  session.report({ ...report, movedShards: before.shards - after.shards }, describe(after, isRunning))
  return isEmpty ? exitCode.ok : exitCode.temporary
}

/** Of a node that does not run, nobody knows where its shards would go. */
async function plan(peerId: string, held: Left, isRunning: boolean, session: Session): Promise<ExitCode> {
  const { summaryOf, untilIdle } = await import('../rebalance-progress.ts')
  const plannedMs = (held.bytes / plannedBytesPerSecond) * 1000
  const all = { heldShards: held.shards, heldBytes: held.bytes, isRunning, durationMs: plannedMs }
  const text = `${amount(held)} are to be moved, some ${formatDuration(plannedMs)}`
  if (!isRunning) {
    session.report(all, `${text}; where to is known when the node runs`)
    return exitCode.ok
  }
  await using client = await session.connect()
  const answers = await untilIdle('plan-drain', client, session, [peerId])
  const [takers = []] = answers.map(({ report }) => report?.takers)
  const { hinderedShards } = summaryOf(answers)
  const rows = takers.map(({ peerId, shards, bytes }) => [shortId(peerId), `${shards}`, formatByteSize(bytes)])
  const hindered =
    hinderedShards > 0 ? `; ${hinderedShards} find no other node that may take them: add nodes, or room` : ''
  const lines = rows.length === 0 ? [] : [formatTable([['TO', 'SHARDS', 'SIZE'], ...rows], [1, 2]), '']
  session.report({ ...all, hinderedShards, takers }, [...lines, `${text}${hindered}`].join('\n'))
  return hinderedShards === 0 ? exitCode.ok : exitCode.temporary
}

function describe(left: Left, isRunning: boolean): string {
  if (left.shards === 0) return 'the node holds nothing any more: it may be switched off'
  const then = isRunning
    ? 'the node goes on moving them; drain again to wait for it'
    : 'they are moved when the node runs'
  return `${amount(left)} are left: ${then}`
}

async function untilEmpty(control: NodeControl, before: Left, session: Session): Promise<Left> {
  const { systemClock } = await import('@p2pstore/node')
  const { settings, surroundings, signal } = session
  const isShown = surroundings.stderr.isTTY === true && !settings.quiet && !settings.json
  const plannedMs = (before.bytes / plannedBytesPerSecond) * 1000
  session.note(
    `Moving ${amount(before)} to other nodes, some ${formatDuration(plannedMs)}; the node goes on if this is interrupted.`,
  )
  const startMs = systemClock.monotonicMs()
  let told = new Set<string>()
  for (;;) {
    signal.throwIfAborted()
    const units = await control.units()
    const left = leftIn(units)
    if (left.shards === 0) {
      if (isShown) surroundings.stderr.write(`\r${clearLine}`)
      return left
    }
    const problems = new Set(units.flatMap(({ name, problem }) => (problem === null ? [] : [`${name}: ${problem}`])))
    for (const problem of problems) if (!told.has(problem)) session.warn(problem)
    told = problems
    if (isShown)
      surroundings.stderr.write(`\r${clearLine}${progress(before, left, systemClock.monotonicMs() - startMs)}`)
    await new Promise<void>((looked) => systemClock.setTimer(lookMs, looked))
  }
}

function progress(before: Left, left: Left, elapsedMs: number): string {
  const movedBytes = before.bytes - left.bytes
  const rest = movedBytes > 0 ? `, some ${formatDuration((elapsedMs / movedBytes) * left.bytes)} more` : ''
  return `${amount(left)} left${rest}`
}

function leftIn(units: readonly UnitReport[]): Left {
  return units.reduce((sum, unit) => ({ shards: sum.shards + unit.shardCount, bytes: sum.bytes + unit.liveBytes }), {
    shards: 0,
    bytes: 0,
  })
}

function amount({ shards, bytes }: Left): string {
  return `${shards} shards (${formatByteSize(bytes)})`
}
