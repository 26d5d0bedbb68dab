import type { Command } from 'commander'
import type { Act } from '../act.ts'
import { type ExitCode, exitCode } from '../exit-code.ts'
import { capabilityArgument, capabilitySecret, readSecret } from '../secret.ts'
import type { Session } from '../session.ts'

export function addRm(program: Command, act: Act): void {
  program
    .command('rm')
    .description(`delete an object; ends with ${exitCode.temporary} when some nodes could not be told`)
    .argument(...capabilityArgument)
    .action(act(rm))
}

async function rm(session: Session, from: string | undefined): Promise<ExitCode> {
  const capability = await readSecret(capabilitySecret, from, session.surroundings)
  await using client = await session.connect()
  const report = await client.remove(capability, { signal: session.signal })
  const untold = report.unreachable.length
  const rest = untold > 0 ? `; ${untold} nodes could not be told: run it again when they are back` : ''
  session.report(report, `deleted ${report.deleted} shards and records${rest}`)
  return untold === 0 ? exitCode.ok : exitCode.temporary
}
