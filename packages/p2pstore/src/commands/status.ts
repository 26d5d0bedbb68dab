import type { MemberStatus, NetworkStatus } from '@p2pstore/node'
import type { Command } from 'commander'
import type { Act } from '../act.ts'
import { formatByteSize } from '../byte-size.ts'
import { millisecondsOf, placeOf, serviceOf } from '../describe-member.ts'
import type { Session } from '../session.ts'
import { shortId } from '../short-id.ts'
import { formatList, formatTable } from '../table.ts'
import { watch } from '../watch.ts'

interface StatusFlags {
  readonly watch?: true
}

export function addStatus(program: Command, act: Act): void {
  program
    .command('status')
    .description('show the nodes of the network, how they are, and the room they have')
    .option('--watch', 'go on until interrupted, once a second; with --json one line each time something has changed')
    .action(act(status))
}

async function status(session: Session, flags: StatusFlags): Promise<void> {
  await using client = await session.connect()
  if (flags.watch)
    await watch(
      session,
      () => client.status(),
      describe,
      ({ members }) => members.map(lastingPart),
    )
  else session.report(client.status(), describe(client.status()))
}

function stateOf({ draining, availability, isUnreachable, failingUnits, wornUnits }: MemberStatus): string {
  const failing = failingUnits === 0 ? [] : [`${failingUnits} failing`]
  const worn = wornUnits === 0 ? [] : [`${wornUnits} worn`]
  const unreachable = isUnreachable ? ['unreachable'] : []
  return [draining ? 'draining' : availability, ...unreachable, ...failing, ...worn].join(', ')
}

/** What is worth a new line when it changes. */
function lastingPart(member: MemberStatus): unknown {
  return [member.peerId, stateOf(member), member.service?.admission]
}

/** Of reads and writes, the time that nine of ten stay below. */
const header = ['NODE', 'STATE', 'HELD', 'FREE', 'TOTAL', 'READ', 'WRITE', 'SERVICE', 'PLACE', 'ADDRESS']

function describe({ networkId, members, groups, freeBytes, totalBytes }: NetworkStatus): string {
  const rows = members.map((member) => [
    shortId(member.peerId),
    stateOf(member),
    formatByteSize(member.heldBytes),
    formatByteSize(member.freeBytes),
    formatByteSize(member.totalBytes),
    millisecondsOf(member.read?.p90Us),
    millisecondsOf(member.write?.p90Us),
    serviceOf(member),
    placeOf(member),
    member.addresses[0]?.replace(`/p2p/${member.peerId}`, '') ?? '',
  ])
  const up = members.filter(({ availability }) => availability === 'up').length
  const sections = [
    formatList(header, rows, [2, 3, 4, 5, 6]),
    ...(groups.length > 1 ? [describeGroups(groups)] : []),
    ...describeTrouble(members),
  ]
  return `${sections.join('\n\n')}
${up} of ${members.length} nodes up, ${formatByteSize(freeBytes)} free of ${formatByteSize(totalBytes)}, network ${networkId}`
}

function describeGroups(groups: NetworkStatus['groups']): string {
  const rows = groups.map(({ group, up, members, freeBytes, totalBytes }) => [
    group,
    `${up} of ${members}`,
    formatByteSize(freeBytes),
    formatByteSize(totalBytes),
  ])
  return formatTable([['GROUP', 'UP', 'FREE', 'TOTAL'], ...rows], [1, 2, 3])
}

/** Who is not simply up, and why. */
function describeTrouble(members: NetworkStatus['members']): string[] {
  const lines = members
    .filter(({ reasons }) => reasons.length > 0)
    .map(({ peerId, availability, reasons }) => `${shortId(peerId)} ${availability}: ${reasons.join('; ')}`)
  return lines.length === 0 ? [] : [lines.join('\n')]
}
