import type { Command } from 'commander'
import type { Act } from '../act.ts'
import { authorityOption } from '../authority-option.ts'
import { CommandError } from '../command-error.ts'
import type { ExitCode } from '../exit-code.ts'
import { proclaim } from '../proclaim.ts'
import type { Session } from '../session.ts'

interface RevokeFlags {
  readonly authority?: string
}

export function addRevoke(program: Command, act: Act): void {
  program
    .command('revoke')
    .description('put a member out of the network for good, or all who have joined by an invite')
    .argument('<peer>', 'peer id of a member, or of an invite (p2pstore members lists both)')
    .option(...authorityOption)
    .action(act(revoke))
}

async function revoke(session: Session, peerId: string, { authority: file }: RevokeFlags): Promise<ExitCode> {
  const { openAuthority, openHome, revokeBy, systemClock } = await import('@p2pstore/node')
  const home = await openHome(session.settings.home, systemClock, session.passphrase)
  if (peerId === home.identity.peerId) throw new CommandError('USAGE', 'a home can’t revoke itself: do it from another')
  const ruling = revokeBy(
    await openAuthority(home, { file, passphrase: session.passphrase }),
    peerId,
    systemClock.nowMs(),
  )
  return proclaim(session, home, [ruling], { revoked: peerId }, `revoked ${peerId}`)
}
