import type { KnownMember, NetworkStatus } from '@p2pstore/node'
import type { Command } from 'commander'
import type { Act } from '../act.ts'
import type { Session } from '../session.ts'
import { formatTable } from '../table.ts'

export function addMembers(program: Command, act: Act): void {
  program
    .command('members')
    .description('list who is a member of the network, and who was revoked')
    .action(act(members))
}

async function members(session: Session): Promise<void> {
  await using client = await session.connect()
  const known = client.members().map((member) => ({ ...member, state: stateOf(member, client.status()) }))
  session.report({ networkId: client.status().networkId, members: known }, describe(known))
}

/** A member that stores nothing comes and goes unseen. */
function stateOf({ peerId, revokedAtMs }: KnownMember, { members }: NetworkStatus): string {
  if (revokedAtMs !== undefined) return 'revoked'
  return members.find((node) => node.peerId === peerId)?.availability ?? 'unseen'
}

function describe(members: readonly (KnownMember & { readonly state: string })[]): string {
  const rows = members.map(({ peerId, role, state, domain, expiresAtMs, revokedAtMs, invitedBy }) => [
    peerId,
    role ?? '',
    state,
    domain ?? '',
    revokedAtMs === undefined ? dateOf(expiresAtMs) : dateOf(revokedAtMs),
    invitedBy ?? '',
  ])
  const revoked = members.filter(({ state }) => state === 'revoked').length
  return `${formatTable([['PEER', 'ROLE', 'STATE', 'DOMAIN', 'UNTIL', 'INVITED BY'], ...rows])}
${members.length - revoked} members, ${revoked} revoked`
}

/** 0 is never. */
function dateOf(timeMs = 0): string {
  return timeMs === 0 ? 'always' : new Date(timeMs).toISOString().slice(0, 10)
}
