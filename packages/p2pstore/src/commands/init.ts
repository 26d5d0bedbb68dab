import type { Command } from 'commander'
import type { Act } from '../act.ts'
import type { Session } from '../session.ts'

export function addInit(program: Command, act: Act): void {
  program.command('init').description('found a network here, with this home as its first member').action(act(init))
}

async function init(session: Session): Promise<void> {
  const { foundNetwork, networkIdOf, systemRandom } = await import('@p2pstore/node')
  const { directory, identity, credential } = await foundNetwork(
    session.settings.home,
    systemRandom,
    session.passphrase,
  )
  const networkId = Buffer.from(networkIdOf(credential.authority)).toString('hex')
  session.report({ networkId, peerId: identity.peerId, home: directory }, `network ${networkId}`)
  session.note(`Its home is ${directory}; authority.key there signs invites: keep a copy in a safe place.
Next:
  p2pstore node                         run the first node
  p2pstore invite > invite.txt          then invite another machine
  p2pstore join invite.txt              and on that machine join, and run its node`)
}
