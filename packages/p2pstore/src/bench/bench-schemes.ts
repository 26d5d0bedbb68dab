import { Readable } from 'node:stream'
import { setImmediate as otherEvents } from 'node:timers/promises'
import type { Session } from '../session.ts'
import { formatTable } from '../table.ts'
import { assertWritable, writeWholeFile } from '../whole-file.ts'
import { fieldOfCodec } from './durability/field.ts'
import { hoursOf, listOf, schemesOf, shardBytesOf, shareOf, wholeNumberOf } from './option-values.ts'
import { type Assumptions, type SchemeFigures, schemeFigures } from './schemes/scheme-figures.ts'
import { schemesReport } from './schemes/schemes-report.ts'
import { explainTable, numberColumns, schemesTable } from './schemes/schemes-table.ts'
import { SeededRandom } from './seeded-random.ts'
import { describeMachine } from './speed/machine.ts'
import { measureSpeed, type SpeedRow } from './speed/measure-speed.ts'
import { roundMs } from './speed/race.ts'
import { StatusLine } from './status-line.ts'

/** As typed. */
export interface SchemesFlags {
  readonly schemes: string
  readonly lossRates: string
  readonly nodesUp: string
  readonly afr: string
  readonly mttr: string
  readonly repairAt?: string
  readonly domains: string
  readonly domainAfr: string
  readonly shard: string
  readonly samples: string
  readonly seed: string
  readonly html?: string
}

/** @throws CommandError USAGE, FILE_UNWRITABLE; CodecError SCHEME_INVALID */
export async function benchSchemes(session: Session, flags: SchemesFlags): Promise<void> {
  const { html } = flags
  const schemes = schemesOf(flags.schemes)
  const assumptions = assume(flags)
  const samples = wholeNumberOf('--samples', flags.samples, { least: 1_000, most: 10_000_000 })
  const seed = wholeNumberOf('--seed', flags.seed, { least: 0, most: 2 ** 32 - 1 })
  if (html !== undefined) await assertWritable(html, true)
  using status = new StatusLine(session)
  const field = await fieldOfCodec()
  const rows: SchemeFigures[] = []
  for (const scheme of schemes) {
    status.show(scheme)
    await otherEvents()
    session.signal.throwIfAborted()
    rows.push(await schemeFigures(scheme, assumptions, { field, random: new SeededRandom(seed), samples }))
  }
  if (html !== undefined) {
    const speeds = await encodingSpeeds(session, schemes, assumptions.shardBytes, status)
    const { processor } = describeMachine()
    const page = schemesReport({ rows, assumptions, speeds, processor, seed })
    await writeWholeFile(html, Readable.from([Buffer.from(page)]), { replace: true })
  }
  status.show('')
  const table = formatTable(schemesTable(rows, assumptions), numberColumns)
  session.report({ assumptions: { ...assumptions, samples, seed }, rows }, `${table}\n\n${explainTable(assumptions)}`)
}

function assume(flags: SchemesFlags): Assumptions {
  const most = Number.MAX_SAFE_INTEGER
  const { repairAt } = flags
  return {
    shardLossRates: listOf('--loss-rates', flags.lossRates, (option, item) =>
      shareOf(option, item, { least: 0, most: 1 }),
    ),
    nodesUp: shareOf('--nodes-up', flags.nodesUp, { least: 0, most: 1 }),
    annualFailureRate: shareOf('--afr', flags.afr, { least: 1e-6, most: 0.999999 }),
    meanTimeToRepairHours: hoursOf('--mttr', flags.mttr),
    repairAt: repairAt === undefined ? undefined : wholeNumberOf('--repair-at', repairAt, { least: 1, most: 1024 }),
    domains: wholeNumberOf('--domains', flags.domains, { least: 1, most }),
    annualDomainFailureRate: shareOf('--domain-afr', flags.domainAfr, { least: 0, most: 0.999999 }),
    shardBytes: shardBytesOf('--shard', flags.shard),
  }
}

async function encodingSpeeds(
  session: Session,
  schemes: readonly string[],
  shardBytes: number,
  status: StatusLine,
): Promise<SpeedRow[]> {
  return measureSpeed({
    schemes,
    shardBytes: [shardBytes],
    operations: ['encode'],
    lost: [],
    engines: [undefined],
    threads: [1],
    baseline: undefined,
    rounds: 5,
    roundMs,
    nowMs: () => performance.now(),
    signal: session.signal,
    onDiscipline: ({ scheme }) => status.show(`encode ${scheme}`),
  })
}
