import type { Command } from 'commander'
import type { Act } from '../act.ts'
import type { Session } from '../session.ts'
import { readVersion } from '../version.ts'

export function addVersion(program: Command, act: Act): void {
  program.command('version').description('print the version').action(act(version))
}

async function version(session: Session): Promise<void> {
  const version = readVersion()
  session.report({ version, node: process.versions.node }, `p2pstore ${version}`)
}
