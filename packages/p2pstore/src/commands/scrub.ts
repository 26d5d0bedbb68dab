import type { NodeControl, ScrubReport } from '@p2pstore/node'
import type { Command } from 'commander'
import type { Act } from '../act.ts'
import { formatByteSize } from '../byte-size.ts'
import { formatDuration } from '../duration.ts'
import { type ExitCode, exitCode } from '../exit-code.ts'
import type { Session } from '../session.ts'

interface ScrubFlags {
  readonly now?: boolean
}

/** Between two looks at a pass. */
const lookMs = 500
const dayMs = 86_400_000
const clearLine = '\u001b[K'

export function addScrub(program: Command, act: Act): void {
  program
    .command('scrub')
    .description(
      `how far this home's node is with reading all it holds, over and over, and what it found damaged; ends with ${exitCode.integrity} when there is something`,
    )
    .option('--now', 'read everything now, and wait until that is done')
    .action(act(scrub))
}

async function scrub(session: Session, flags: ScrubFlags): Promise<ExitCode> {
  await using opened = await session.control()
  const { control, isRunning } = opened
  const report = flags.now ? await wholePass(control, session) : await control.scrub()
  session.report({ isRunning, ...report }, describe(report, isRunning))
  return report.damagedShards > 0 ? exitCode.integrity : exitCode.ok
}

async function wholePass(control: NodeControl, session: Session): Promise<ScrubReport> {
  const { systemClock } = await import('@p2pstore/node')
  const { settings, surroundings, signal } = session
  const isShown = surroundings.stderr.isTTY === true && !settings.quiet && !settings.json
  let report = await control.hurryScrub()
  while (report.isHurried) {
    signal.throwIfAborted()
    if (isShown) surroundings.stderr.write(`\r${clearLine}${Math.floor(report.progress * 100)} %, ${read(report)}`)
    await new Promise<void>((looked) => systemClock.setTimer(lookMs, looked))
    report = await control.scrub()
  }
  if (isShown) surroundings.stderr.write(`\r${clearLine}`)
  return report
}

function describe(report: ScrubReport, isRunning: boolean): string {
  const { progress, startedMs, completedMs, periodMs, isHurried, unreadableShards, damaged, damagedShards } = report
  const period = periodMs >= 2 * dayMs ? `${Math.round(periodMs / dayMs)} days` : formatDuration(periodMs)
  const pace = isHurried ? 'hurried' : `one pass in ${period}`
  const last = completedMs === null ? 'none yet' : moment(completedMs)
  const lines = [
    `this pass: ${Math.floor(progress * 100)} % since ${moment(startedMs)}, ${read(report)}; ${isRunning ? pace : 'the node does not run'}`,
    `last whole pass: ${last}`,
    ...(unreadableShards > 0 ? [`shards that could not be read: ${unreadableShards}; look at the disks`] : []),
    damagedShards === 0 ? 'nothing is damaged' : `damaged shards: ${damagedShards}; repair what they belong to`,
    ...damaged.map(({ id, unit, foundMs }) => `  ${id} in ${unit}, found ${moment(foundMs)}`),
    ...(damagedShards > damaged.length ? ['  …'] : []),
  ]
  return lines.join('\n')
}

function read({ checkedShards, checkedBytes }: ScrubReport): string {
  return `${checkedShards} shards (${formatByteSize(checkedBytes)}) read`
}

function moment(ms: number): string {
  return new Date(ms).toISOString()
}
