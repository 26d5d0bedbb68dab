import type { UnitCheck } from '@p2pstore/node'
import type { Command } from 'commander'
import type { Act } from '../act.ts'
import { formatByteSize } from '../byte-size.ts'
import { CommandError } from '../command-error.ts'
import { type ExitCode, exitCode } from '../exit-code.ts'
import type { Session } from '../session.ts'
import { unreadable } from '../source-file.ts'

export function addStore(program: Command, act: Act): void {
  const store = program.command('store').description('look at stored shards without a node')
  store
    .command('check')
    .description(
      `verify everything in a unit's directory, and change nothing; ends with ${exitCode.integrity} when something is wrong`,
    )
    .argument('<folder>', 'the directory of a unit; it may be in use, or read-only')
    .action(act(check))
}

async function check(session: Session, folder: string): Promise<ExitCode> {
  const { checkUnit, readableDirectory, systemClock } = await import('@p2pstore/node')
  if (folder === '') throw new CommandError('USAGE', 'name the directory of a unit')
  const directory = readableDirectory(folder)
  await directory.list().catch((cause: unknown) => {
    throw unreadable(folder, cause)
  })
  const found = await checkUnit(directory, systemClock.nowMs())
  session.report(found, describe(found))
  return found.problemCount > 0 ? exitCode.integrity : exitCode.ok
}

function describe(found: UnitCheck): string {
  const { name, segments, fileBytes, records, shards, liveBytes, expiredShards, otherFiles } = found
  const kinds = Object.entries(segments).flatMap(([state, count]) => (count > 0 ? [`${count} ${state}`] : []))
  const lines = [
    `unit ${name ?? 'of unknown name'}: ${formatByteSize(fileBytes)} in segments (${kinds.join(', ') || 'none'})`,
    `${shards} shards (${formatByteSize(liveBytes)}) can be read, ${expiredShards} have expired; ${records} records in all`,
    ...(otherFiles.length > 0 ? [`files that are no part of it: ${otherFiles.slice(0, 10).join(', ')}`] : []),
    ...verdict(found),
  ]
  return lines.join('\n')
}

function verdict({ damaged, damagedShards, problems, problemCount }: UnitCheck): string[] {
  if (problemCount === 0) return ['nothing is wrong']
  return [
    `problems: ${problemCount}`,
    ...problems.map(
      ({ file, offsetBytes, what }) => `  ${file}${offsetBytes === null ? '' : ` at ${offsetBytes}`}: ${what}`,
    ),
    ...(problemCount > problems.length ? ['  …'] : []),
    `shards that can't be read: ${damagedShards}`,
    ...damaged.map((id) => `  ${id}`),
    ...(damagedShards > damaged.length ? ['  …'] : []),
  ]
}
