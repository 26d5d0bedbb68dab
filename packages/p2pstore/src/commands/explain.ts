import type { PlacedNode, PlacementReport } from '@p2pstore/node'
import type { Command } from 'commander'
import type { Act } from '../act.ts'
import { formatByteSize } from '../byte-size.ts'
import type { Session } from '../session.ts'
import { formatTable } from '../table.ts'

const notes = `
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
    .option('--stripe <number>', 'which stripe of the object', '0')
    .addHelpText('after', notes)
    .action(act(placement))
}

async function placement(session: Session, key: string, { stripe }: { stripe: string }): Promise<void> {
  const { wholeNumberOf } = await import('../bench/option-values.ts')
  const number = wholeNumberOf('stripe', stripe, { least: 0, most: 2 ** 32 - 1 })
  await using client = await session.connect()
  const report = await client.explainPlacement({ key, scheme: session.settings.scheme, stripe: number })
  session.report(report, describe(report))
}

function describe(report: PlacementReport): string {
  const rows = report.shards.map(({ shard, kind, node, second }) => [
    `${shard}`,
    kind,
    ...(node ? [node.peerId, node.domain, formatByteSize(node.freeBytes), usedShare(node)] : ['none', '', '', '']),
    second?.peerId ?? 'none',
    second?.domain ?? '',
  ])
  const header = ['SHARD', 'KIND', 'NODE', 'DOMAIN', 'FREE', 'USED', 'SECOND CHOICE', 'ITS DOMAIN']
  return [formatTable([header, ...rows], [0, 4, 5]), '', chosenFrom(report), rules(report), survival(report)].join('\n')
}

function usedShare({ totalBytes, freeBytes }: PlacedNode): string {
  return totalBytes === 0 ? '' : `${Math.round((1 - freeBytes / totalBytes) * 100)} %`
}

function chosenFrom({
  strategy,
  candidates,
  unavailable,
  refused,
  congested,
  insecure,
  missing,
}: PlacementReport): string {
  const reasons = [
    [unavailable, "can't be written to"],
    [refused, 'full or suspect'],
    [congested, 'behind a congested path'],
    [insecure, 'behind an insecure path'],
  ] as const
  const leftOut = reasons.filter(([count]) => count > 0).map(([count, reason]) => `${count} ${reason}`)
  const chosen = candidates - unavailable - refused - congested - insecure
  const lacking = missing > 0 ? ` ${missing} shards have no node.` : ''
  return `Strategy ${strategy}, from ${chosen} of ${candidates} nodes${leftOut.map((each) => `, ${each}`).join('')}.${lacking}`
}

function rules({ domains, excess, parityGroups }: PlacementReport): string {
  const fullest = domains[0]?.shards.length ?? 0
  const kept =
    excess === 0
      ? `none of ${parityGroups} parity groups has more in one than it may`
      : `parity groups have ${excess} members too many in one domain: there are too few domains`
  return `${domains.length} domains, at most ${fullest} shards in each; ${kept}.`
}

function survival({ domainFailuresSurvived, isExact, lossesSurvived, toleranceLost }: PlacementReport): string {
  if (domainFailuresSurvived < 0) return 'It could not be read: too many shards have no node.'
  const count = `${isExact ? '' : 'at least '}${domainFailuresSurvived}`
  const lost =
    toleranceLost === 0
      ? 'no tolerance is lost'
      : `${isExact ? '' : 'at most '}${toleranceLost} fewer than the ${lossesSurvived} that a domain for each shard would give`
  return `Survives the failure of ${count} domains, whichever they are: ${lost}.`
}
