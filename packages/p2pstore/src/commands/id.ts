import type { Command } from 'commander'
import type { Act } from '../act.ts'
import type { Session } from '../session.ts'

export function addId(program: Command, act: Act): void {
  program
    .command('id')
    .description('print the peer id of this home, which makes its key if need be: what an invite can be bound to')
    .action(act(id))
}

async function id(session: Session): Promise<void> {
  const { HomeError, ensureIdentity, openHome, systemClock, systemRandom } = await import('@p2pstore/node')
  const { home: directory } = session.settings
  const { passphrase } = session
  const { peerId } = await ensureIdentity(directory, systemRandom, passphrase).catch(async (failure: unknown) => {
    if (!(failure instanceof HomeError && failure.code === 'HOME_EXISTS')) throw failure
    return (await openHome(directory, systemClock, passphrase)).identity
  })
  session.report({ peerId, home: directory }, peerId)
}
