import type { MemberStatus, NetworkStatus } from '@p2pstore/node'
import type { Command } from 'commander'
import type { Act } from '../act.ts'
import { formatByteSize } from '../byte-size.ts'
import type { Session } from '../session.ts'
import { formatTable } from '../table.ts'

export function addStatus(program: Command, act: Act): void {
  program.command('status').description('show the nodes of the network and the room they have').action(act(status))
}

async function status(session: Session): Promise<void> {
  await using client = await session.connect()
  const seen = client.status()
  session.report(seen, describe(seen))
}

function stateOf({ draining, availability, failingUnits }: MemberStatus): string {
  const state = draining ? 'draining' : availability
  return failingUnits === 0 ? state : `${state}, ${failingUnits} failing`
}

function describe({ networkId, members, freeBytes, totalBytes }: NetworkStatus): string {
  const rows = members.map((member) => [
    member.peerId,
    stateOf(member),
    formatByteSize(member.freeBytes),
    formatByteSize(member.totalBytes),
    member.addresses[0]?.replace(`/p2p/${member.peerId}`, '') ?? '',
  ])
  const up = members.filter(({ availability }) => availability === 'up').length
  return `${formatTable([['NODE', 'STATE', 'FREE', 'TOTAL', 'ADDRESS'], ...rows], [2, 3])}
${up} of ${members.length} nodes up, ${formatByteSize(freeBytes)} free of ${formatByteSize(totalBytes)}, network ${networkId}`
}
