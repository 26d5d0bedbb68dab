import { type Command, Option } from 'commander'
import type { Act } from '../act.ts'
import { CommandError } from '../command-error.ts'
import { parseMoment } from '../duration.ts'
import type { Session } from '../session.ts'

/** As many as an invite carries. */
const maximumAddresses = 16

interface InviteFlags {
  readonly role: 'storage' | 'client'
  readonly expires: string
}

export function addInvite(program: Command, act: Act): void {
  program
    .command('invite')
    .description('print an invite, where the network was founded; whoever has it can join: a secret')
    .addOption(new Option('--role <role>', 'what it lets one be').choices(['storage', 'client']).default('storage'))
    .option('--expires <when>', 'when it, and each membership made with it, ends: 30d, a date, or never', 'never')
    .action(act(invite))
}

async function invite(session: Session, flags: InviteFlags): Promise<void> {
  const { formatInvite, inviteFrom, openHome, systemClock, systemRandom } = await import('@p2pstore/node')
  const { home, bootstrap } = session.settings
  const expires = flags.expires === 'never' ? undefined : parseMoment(flags.expires, systemClock.nowMs())
  const known = (await openHome(home)).bootstrap
  const addresses = [...new Set([...bootstrap, ...known])].slice(0, maximumAddresses)
  if (addresses.length === 0) {
    throw new CommandError(
      'USAGE',
      'no address to find the network at is known: run a node here first, or name one with --bootstrap',
    )
  }
  const grant = { role: flags.role, expiresAtMs: expires?.getTime() ?? 0 }
  const text = formatInvite(await inviteFrom(home, grant, addresses, systemRandom))
  session.report({ invite: text, role: flags.role, expires: expires?.toISOString() ?? null, addresses }, text)
  session.note(
    `For a ${flags.role} member${expires ? ` until ${expires.toISOString()}` : ''}; it names ${addresses.length} address(es). Hand it over secretly.`,
  )
}
