import type { RepairReport } from '@p2pstore/node'
import type { Command } from 'commander'
import type { Act } from '../act.ts'
import { formatByteSize } from '../byte-size.ts'
import { type ExitCode, exitCode } from '../exit-code.ts'
import { capabilityArgument, capabilitySecret, readSecret } from '../secret.ts'
import type { Session } from '../session.ts'

export function addRepair(program: Command, act: Act): void {
  program
    .command('repair')
    .description(`rebuild what an object has lost; ends with ${exitCode.temporary} when something is still missing`)
    .argument(...capabilityArgument)
    .action(act(repair))
}

async function repair(session: Session, from: string | undefined): Promise<ExitCode> {
  const capability = await readSecret(capabilitySecret, from, session.surroundings)
  await using client = await session.connect()
  const report = await client.repair(capability, { signal: session.signal })
  session.report(report, describe(report))
  return report.isComplete ? exitCode.ok : exitCode.temporary
}

function describe({
  isComplete,
  rebuiltShards,
  rebuiltBytes,
  unplacedShards,
  stripesLost,
  recordCopies,
}: RepairReport): string {
  const rebuilt = `rebuilt ${rebuiltShards} shards (${formatByteSize(rebuiltBytes)})`
  if (isComplete) return `complete: ${rebuilt}`
  const missing = [
    ...(unplacedShards > 0 ? [`no node for ${unplacedShards} shards`] : []),
    ...(stripesLost > 0 ? [`${stripesLost} stripes can't be rebuilt with the nodes that are up`] : []),
    ...(recordCopies.stored < recordCopies.wanted
      ? [`${recordCopies.stored} of ${recordCopies.wanted} copies of its records`]
      : []),
  ]
  return `incomplete: ${rebuilt}; ${missing.join('; ')}; run it again when more nodes are up`
}
