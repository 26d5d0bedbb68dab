import type { PlacementReport, StorageMember } from '@p2pstore/node'
import { type Command, Option } from 'commander'
import type { Act } from '../act.ts'
import { formatByteSize } from '../byte-size.ts'
import { domainOf, millisecondsOf } from '../describe-member.ts'
import { gather } from '../gather.ts'
import type { Session } from '../session.ts'
import { strategies } from '../settings.ts'
import { shortId } from '../short-id.ts'
import { formatList } from '../table.ts'
import { parseWhere } from '../where.ts'

const notes = `
LOAD is what least-loaded and spread go by: how full a node is, its queue, what was placed there lately, and slow writes, in thousandths.
KEY is an object's id, which repair --json prints, or any text. The stripe is placed as a put would do it now; nothing is stored.
With --json the decision is printed with all that it followed from, so that it can be repeated later.`

export function addExplain(program: Command, act: Act): void {
  program
    .command('explain')
    .description('show why this peer decides as it does')
    .command('placement')
    .description('show which nodes a stripe would go to, and what it would survive there')
    .argument('<key>', "an object's id, or any text")
    .option('--scheme <scheme>', 'how the stripe is coded')
    .addOption(new Option('--strategy <name>', 'which nodes come first (default: spread)').choices(strategies))
    .option('--where <condition>', 'which nodes may be chosen, such as region=eu; can be repeated', gather)
    .option('--stripe <number>', 'which stripe of the object', '0')
    .addHelpText('after', notes)
    .action(act(placement))
}

async function placement(session: Session, key: string, { stripe }: { stripe: string }): Promise<void> {
  const { wholeNumberOf } = await import('../bench/option-values.ts')
  const number = wholeNumberOf('stripe', stripe, { least: 0, most: 2 ** 32 - 1 })
  await using client = await session.connect()
  await client.view.measure()
  const { scheme, strategy, where } = session.settings
  const wishes = { strategy, accept: parseWhere(where) }
  const report = await client.explainPlacement({ key, scheme, stripe: number, placement: wishes })
  session.report(report, describe(report))
}

function describe(report: PlacementReport): string {
  const rows = report.shards.map(({ shard, kind, node, second }) => [
    `${shard}`,
    kind,
    ...(node ? describeNode(node) : ['none', '', '', '', '', '', '', '']),
    second ? shortId(second.peerId) : 'none',
  ])
  const header = ['SHARD', 'KIND', 'NODE', 'FREE', 'USED', 'QUEUE', 'WRITE', 'WAY', 'LOAD', 'DOMAIN', 'SECOND']
  const table = formatList(header, rows, [0, 3, 4, 5, 6, 7, 8])
  return [table, '', chosenFrom(report), rules(report), survival(report)].join('\n')
}

function describeNode(node: StorageMember): string[] {
  const { peerId, totalBytes, freeBytes, service, write, path, load } = node
  return [
    shortId(peerId),
    formatByteSize(freeBytes),
    totalBytes === 0 ? '' : `${Math.round((1 - freeBytes / totalBytes) * 100)} %`,
    service === undefined ? '' : `${service.queueDepth}`,
    millisecondsOf(write?.p90Us),
    millisecondsOf(path?.roundTripUs),
    `${load}`,
    domainOf(node),
  ]
}

function chosenFrom(report: PlacementReport): string {
  const { strategy, candidates, unavailable, refused, congested, insecure, missing } = report
  const chosen = candidates - unavailable - refused - congested - insecure
  const others = [
    [unavailable, "can't be written to"],
    [refused, 'not wanted, full, suspect or behind a relay'],
    [congested, 'behind a congested path'],
    [insecure, 'behind an insecure path'],
    [missing, 'shards without a node'],
  ] as const
  const told = others.filter(([count]) => count > 0).map(([count, reason]) => `; ${reason}: ${count}`)
  return `Strategy: ${strategy}, from ${chosen} of ${candidates} nodes${told.join('')}`
}

function rules({ domains, excess, parityGroups }: PlacementReport): string {
  const fullest = domains[0]?.shards.length ?? 0
  return `Domains: ${domains.length}; most shards in one: ${fullest}; members of the ${parityGroups} parity groups that are too many in one: ${excess}`
}

function survival({ domainFailuresSurvived, isExact, lossesSurvived, toleranceLost }: PlacementReport): string {
  if (domainFailuresSurvived < 0) return "Can't be read like this: too many shards have no node"
  const [least, most] = isExact ? ['', ''] : ['at least ', 'at most ']
  return `Domains that may fail, whichever they are: ${least}${domainFailuresSurvived}; tolerance lost: ${most}${toleranceLost} of ${lossesSurvived}`
}
