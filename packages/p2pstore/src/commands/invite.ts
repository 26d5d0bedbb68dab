import type { Role } from '@p2pstore/node'
import { type Command, Option } from 'commander'
import type { Act } from '../act.ts'
import { authorityOption } from '../authority-option.ts'
import { CommandError } from '../command-error.ts'
import { parseMoment } from '../duration.ts'
import type { Session } from '../session.ts'

/** As many as an invite carries. */
const maximumAddresses = 16
const roles: readonly Role[] = ['storage', 'gateway', 'client', 'verifier']

interface InviteFlags {
  readonly role: Role
  readonly expires: string
  readonly domain?: string
  readonly uses?: string
  readonly for?: string
  readonly authority?: string
}

export function addInvite(program: Command, act: Act): void {
  program
    .command('invite')
    .description('print an invite, signed by the network’s authority; whoever has it can join: a secret')
    .addOption(new Option('--role <role>', 'what it lets one be').choices(roles).default('storage'))
    .option('--expires <when>', 'when it, and each membership made with it, ends: 30d, a date, or never', 'never')
    .option('--domain <name>', 'failure domain of those who join with it, whatever they say themselves')
    .option('--uses <count>', 'how many may join with it, as far as members have heard of each other (default: any)')
    .option('--for <peer>', 'the only one that may join with it, named by its p2pstore id')
    .option(...authorityOption)
    .action(act(invite))
}

async function invite(session: Session, flags: InviteFlags): Promise<void> {
  const { formatInvite, inviteFrom, inviteId, openHome, systemClock, systemRandom } = await import('@p2pstore/node')
  const expires = flags.expires === 'never' ? undefined : parseMoment(flags.expires, systemClock.nowMs())
  const uses = flags.uses === undefined ? undefined : Number(flags.uses)
  const home = await openHome(session.settings.home, systemClock, session.passphrase)
  const addresses = [...new Set([...session.settings.bootstrap, ...home.bootstrap])].slice(0, maximumAddresses)
  if (addresses.length === 0) {
    throw new CommandError(
      'USAGE',
      'no address to find the network at is known: run a node here first, or name one with --bootstrap',
    )
  }
  const { role, domain, for: peerId } = flags
  const authority = { file: flags.authority, passphrase: session.passphrase }
  const terms = { role, domain, uses, peerId, authority, expiresAtMs: expires?.getTime() ?? 0 }
  const made = await inviteFrom(home, terms, addresses, systemRandom)
  const text = formatInvite(made)
  const id = inviteId(made) ?? peerId
  session.report({ invite: text, id, role, expires: expires?.toISOString() ?? null, addresses }, text)
  const until = expires ? ` until ${expires.toISOString()}` : ''
  session.note(`For a ${role} member${until}; it names ${addresses.length} address(es). Hand it over secretly.
To take it back, with all who have joined by it: p2pstore revoke ${id}`)
}
