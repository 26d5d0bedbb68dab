import type { Command } from 'commander'
import type { Act } from '../act.ts'
import { inviteSecret, readSecret } from '../secret.ts'
import type { Session } from '../session.ts'

export function addJoin(program: Command, act: Act): void {
  program
    .command('join')
    .description('make this home a member of the network that sent an invite')
    .argument('[file]', `file with the invite, or - for standard input (default: ${inviteSecret.variable})`)
    .action(act(join))
}

async function join(session: Session, file: string | undefined): Promise<void> {
  const text = await readSecret(inviteSecret, file, session.surroundings)
  const { joinNetwork, networkIdOf, parseInvite, systemRandom } = await import('@p2pstore/node')
  const { directory, identity, credential } = await joinNetwork(
    session.settings.home,
    parseInvite(text),
    systemRandom,
    session.passphrase,
  )
  const networkId = Buffer.from(networkIdOf(credential.authority)).toString('hex')
  session.report({ networkId, peerId: identity.peerId, home: directory }, `member of network ${networkId}`)
  session.note('Next: p2pstore status, to see who is there; p2pstore node, if the invite was to keep data for others.')
}
