/** The units of this home's node: where it keeps shards. */
import { resolve } from 'node:path'
import type { NodeControl, UnitPlace, UnitReport } from '@p2pstore/node'
import { type Command, InvalidArgumentError } from 'commander'
import type { Act } from '../act.ts'
import { formatByteSize, parseByteSize } from '../byte-size.ts'
import { CommandError } from '../command-error.ts'
import type { Session } from '../session.ts'
import { formatTable } from '../table.ts'

interface AddFlags {
  readonly capacity?: number
  readonly endpoint: string
  readonly region: string
  readonly credentials?: string
}

interface RemoveFlags {
  readonly abandon?: boolean
  readonly out?: boolean
  readonly wait: boolean
}

/** Between two looks at a unit that is being emptied. */
const lookMs = 500

const notes = `
The commands speak to the node of this home while it runs, and act on the home while it doesn't.

A unit that fails is fenced: the node goes on with the others, and tries it again now and then; what it holds is back with it.
Between them shards are spread by free space.`

export function addUnit(program: Command, act: Act): void {
  const unit = program.command('unit').description("the places that this home's node keeps shards in")
  unit.addHelpText('after', notes)
  unit.command('ls').description('list the units, how they are and what they hold').action(act(list))
  unit
    .command('add')
    .description('keep shards in one more place, or again in one that failed or was to be removed')
    .argument('<place>', 'a folder, made when it is not there, or s3://BUCKET/PREFIX for a part of a bucket')
    .option(
      '--capacity <size>',
      'what it may occupy, such as 2TiB (default: its file system; a bucket needs one)',
      capacity,
    )
    .option('--endpoint <url>', "where a bucket's system is", 'https://s3.amazonaws.com')
    .option('--region <name>', "a bucket's region", 'us-east-1')
    .option(
      '--credentials <file>',
      "access keys for a bucket, private, like ~/.aws/credentials (default: the node's AWS_… variables)",
    )
    .action(act(add))
  unit
    .command('remove')
    .description('move what a unit holds elsewhere, then forget the unit; ends when its disk can be unplugged')
    .argument('<name>', 'as ls shows it')
    .option('--out', 'move it to other nodes, not to the other units of this one')
    .option('--abandon', 'forget the unit at once, together with what it holds: repair rebuilds that from other nodes')
    .option('--no-wait', 'let the node go on with it alone')
    .action(act(remove))
  unit
    .command('resize')
    .description('change what a unit may occupy; what is too much moves to the others')
    .argument('<name>', 'as ls shows it')
    .argument('<size>', 'such as 500GiB, or all for its whole file system', capacityOrAll)
    .action(act(resize))
}

async function list(session: Session): Promise<void> {
  await using opened = await session.control()
  const units = await opened.control.units()
  const { isRunning } = opened
  session.report(
    { isRunning, units },
    `${formatUnits(units)}\n${isRunning ? 'the node runs' : 'the node does not run'}`,
  )
}

async function add(session: Session, text: string, flags: AddFlags): Promise<void> {
  const { checkPlace } = await import('@p2pstore/node')
  const place = placeOf(text, flags)
  checkPlace(place)
  await using opened = await session.control()
  const unit = await opened.control.addUnit(place, flags.capacity ?? null)
  session.report(unit, formatUnits([unit]))
}

function placeOf(text: string, { capacity: bytes, endpoint, region, credentials }: AddFlags): UnitPlace {
  if (text === '') throw new CommandError('USAGE', 'the place of a unit is a folder, or s3://BUCKET/PREFIX')
  const [, bucket, path] = /^s3:\/\/([^/]*)\/*(.*)$/.exec(text) ?? []
  if (bucket === undefined || path === undefined) return { kind: 'directory', path: resolve(text) }
  if (bytes === undefined) throw new CommandError('USAGE', 'a bucket has no end: say with --capacity what it may hold')
  const prefix = path === '' || path.endsWith('/') ? path : `${path}/`
  const credentialsFile = credentials === undefined ? null : resolve(credentials)
  return { kind: 's3', endpoint, region, bucket, prefix, credentialsFile }
}

async function remove(session: Session, name: string, flags: RemoveFlags): Promise<void> {
  await using opened = await session.control()
  const { control, isRunning } = opened
  const { abandon = false, out = false } = flags
  if (abandon && out) throw new CommandError('USAGE', '--out and --abandon exclude each other')
  const before = (await control.units()).find((unit) => unit.name === name)
  await control.removeUnit(name, { abandon, out })
  if (flags.wait && (isRunning || !out)) {
    const goesOn = isRunning ? '; the node goes on if this is interrupted' : ''
    if (!abandon) session.note(`Moving ${before?.shardCount} shards to other ${out ? 'nodes' : 'units'}${goesOn}.`)
    await untilGone(control, name, session)
    session.report({ name, removed: true }, `unit ${name} is no unit of this node any more`)
  } else {
    const then = isRunning || !out ? 'unit ls shows how far it is' : 'that goes on when the node is started'
    session.report({ name, removed: false }, `unit ${name} is being emptied; ${then}`)
  }
}

async function resize(session: Session, name: string, capacityBytes: number | null): Promise<void> {
  await using opened = await session.control()
  const unit = await opened.control.resizeUnit(name, capacityBytes)
  session.report(unit, formatUnits([unit]))
}

async function untilGone(control: NodeControl, name: string, session: Session): Promise<void> {
  const { systemClock } = await import('@p2pstore/node')
  let told: string | null = null
  for (;;) {
    session.signal.throwIfAborted()
    const unit = (await control.units()).find((one) => one.name === name)
    if (unit === undefined) return
    if (unit.problem !== null && unit.problem !== told) session.warn(`${name}: ${unit.problem}`)
    told = unit.problem
    await new Promise<void>((looked) => systemClock.setTimer(lookMs, looked))
  }
}

function formatUnits(units: readonly UnitReport[]): string {
  const rows = units.map(({ name, state, freeBytes, liveBytes, deadBytes, capacityBytes, shardCount, place }) => [
    name,
    state,
    formatByteSize(freeBytes),
    formatByteSize(liveBytes + deadBytes),
    formatByteSize(capacityBytes),
    String(shardCount),
    place,
  ])
  const problems = units.flatMap((unit) => complaints(unit).map((complaint) => `\n${unit.name}: ${complaint}`))
  const table = formatTable([['UNIT', 'STATE', 'FREE', 'USED', 'CAPACITY', 'SHARDS', 'PLACE'], ...rows], [2, 3, 4, 5])
  return table + problems.join('')
}

function complaints({ problem, health }: UnitReport): string[] {
  const { readErrors, writeErrors, damagedReads, isSlow, disk, readMs, writeMs } = health
  const errors = readErrors + writeErrors + damagedReads
  return [
    ...(problem === null ? [] : [problem]),
    ...(disk === 'failing' ? ['its disk expects its own end (SMART): remove the unit while it can be read'] : []),
    ...(errors > 0 ? [`${readErrors} reads and ${writeErrors} writes failed, ${damagedReads} reads found damage`] : []),
    ...(isSlow
      ? [`slower than it used to be: ${Math.round(readMs)} ms a read, ${Math.round(writeMs)} ms a write`]
      : []),
  ]
}

function capacityOrAll(text: string): number | null {
  return text === 'all' ? null : capacity(text)
}

function capacity(text: string): number {
  try {
    const bytes = parseByteSize(text)
    if (bytes >= 2 ** 20 && bytes <= 2 ** 48) return bytes
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError(`${JSON.stringify(text)} is not a size from 1MiB to 256TiB.`)
}
