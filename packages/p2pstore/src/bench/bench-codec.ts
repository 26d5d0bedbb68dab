import { Readable } from 'node:stream'
import type { EngineName } from '@p2pstore/codec'
import { formatByteSize } from '../byte-size.ts'
import { CommandError } from '../command-error.ts'
import type { Session } from '../session.ts'
import { formatTable } from '../table.ts'
import { assertWritable, writeWholeFile } from '../whole-file.ts'
import { choiceOf, listOf, schemesOf, shardBytesOf, wholeNumberOf } from './option-values.ts'
import { loadSubspace } from './speed/baseline-contestants.ts'
import { operations } from './speed/contestant.ts'
import { describeMachine } from './speed/machine.ts'
import { measureSpeed, type SpeedOptions } from './speed/measure-speed.ts'
import { roundMs, threadedRoundMs } from './speed/race.ts'
import { speedReport } from './speed/speed-report.ts'
import { speedNumberColumns, speedTable } from './speed/speed-table.ts'
import { StatusLine } from './status-line.ts'

/** As typed. */
export interface CodecFlags {
  readonly schemes: string
  readonly shard: string
  readonly operations: string
  readonly lost: string
  readonly engines: string
  readonly baseline?: boolean
  readonly threads: string
  readonly rounds: string
  readonly html?: string
}

const engines: readonly EngineName[] = ['xor-program', 'swizzle', 'reference']

/** @throws CommandError USAGE, BASELINE_MISSING, FILE_UNWRITABLE; CodecError SCHEME_INVALID */
export async function benchCodec(session: Session, flags: CodecFlags): Promise<void> {
  const { html } = flags
  const selection = select(flags)
  if (html !== undefined) await assertWritable(html, true)
  const baseline = flags.baseline ? await loadSubspace() : undefined
  const machine = describeMachine()
  using status = new StatusLine(session)
  const rows = await measureSpeed({
    ...selection,
    baseline,
    nowMs: () => performance.now(),
    signal: session.signal,
    onDiscipline: ({ scheme, operation, shardBytes }) => {
      status.show(`${operation} ${scheme}, ${formatByteSize(shardBytes)}`)
    },
  })
  status.show('')
  if (rows.length === 0) throw new CommandError('USAGE', 'none of these engines can do any of these operations')
  if (html !== undefined) {
    await writeWholeFile(html, Readable.from([Buffer.from(speedReport(rows, machine))]), { replace: true })
  }
  session.report({ machine, rows }, formatTable(speedTable(rows), speedNumberColumns))
}

function select(flags: CodecFlags) {
  const count = (most: number) => (option: string, item: string) => wholeNumberOf(option, item, { least: 1, most })
  const threads = count(64)('--threads', flags.threads)
  return {
    schemes: schemesOf(flags.schemes),
    shardBytes: listOf('--shard', flags.shard, shardBytesOf),
    operations: listOf('--operations', flags.operations, (option, item) => choiceOf(option, item, operations)),
    lost: listOf('--lost', flags.lost, count(1023)),
    engines: listOf('--engines', flags.engines, (option, item) => choiceOf(option, item, engines)),
    threads: threads === 1 ? [1] : [1, threads],
    rounds: count(1000)('--rounds', flags.rounds),
    roundMs: threads === 1 ? roundMs : threadedRoundMs,
  } satisfies Partial<SpeedOptions>
}
