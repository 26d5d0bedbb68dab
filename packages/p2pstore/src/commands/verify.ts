import type { VerifyReport } from '@p2pstore/node'
import type { Command } from 'commander'
import type { Act } from '../act.ts'
import { type ExitCode, exitCode } from '../exit-code.ts'
import { capabilityArgument, capabilitySecret, readSecret } from '../secret.ts'
import type { Session } from '../session.ts'

export function addVerify(program: Command, act: Act): void {
  program
    .command('verify')
    .description(
      `have every shard of an object checked where it is; ends with ${exitCode.integrity} when not all are right`,
    )
    .argument(...capabilityArgument)
    .action(act(verify))
}

async function verify(session: Session, from: string | undefined): Promise<ExitCode> {
  const capability = await readSecret(capabilitySecret, from, session.surroundings)
  await using client = await session.connect()
  const report = await client.verify(capability, { signal: session.signal })
  session.report(report, describe(report))
  return report.isHealthy ? exitCode.ok : exitCode.integrity
}

function describe(report: VerifyReport): string {
  const { goodShards, totalShards, missingShards, wrongShards, stripesAtRisk, stripesLost } = report
  if (report.isHealthy) return `healthy: all ${totalShards} shards are right`
  const verdict = stripesLost > 0 ? `${stripesLost} stripes can't be read now` : 'it can be read and repaired'
  return `damaged: ${goodShards} of ${totalShards} shards are right, ${missingShards} missing, ${wrongShards} wrong; \
${stripesAtRisk} stripes at risk; ${verdict}`
}
