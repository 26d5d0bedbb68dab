import type { Command } from 'commander'
import type { Act } from '../act.ts'
import { CommandError } from '../command-error.ts'
import { readPassphrase } from '../passphrase.ts'
import type { Session } from '../session.ts'

interface ProtectFlags {
  readonly off?: boolean
}

export function addProtect(program: Command, act: Act): void {
  program
    .command('protect')
    .description('put the keys in this home under a passphrase, which is then needed to use them')
    .option('--off', 'take the passphrase off them')
    .action(act(protect))
}

async function protect(session: Session, { off = false }: ProtectFlags): Promise<void> {
  const { isProtected, protectHome, systemRandom } = await import('@p2pstore/node')
  const { home } = session.settings
  const passphrase = await session.passphrase()
  if (passphrase === undefined) {
    throw new CommandError('USAGE', 'name a file with the passphrase, or set P2PSTORE_PASSPHRASE')
  }
  const { surroundings } = session
  const isTyped = session.settings.passphraseFile === undefined && !surroundings.env.P2PSTORE_PASSPHRASE
  if (isTyped && !off && (await readPassphrase('The same again', undefined, surroundings)) !== passphrase) {
    throw new CommandError('USAGE', 'the two passphrases are not the same')
  }
  const files = await protectHome(home, session.passphrase, off ? undefined : { passphrase, random: systemRandom })
  const areProtected = await Promise.all(files.map((file) => isProtected(file)))
  session.report({ files, isProtected: areProtected.every(Boolean) }, files.join('\n'))
  session.note(off ? 'Whoever can read these files can use them.' : 'Without the passphrase these keys are lost.')
}
