import type { Command } from 'commander'
import type { Act } from '../act.ts'
import { formatByteSize } from '../byte-size.ts'
import { capabilityArgument, capabilitySecret, readSecret } from '../secret.ts'
import type { Session } from '../session.ts'
import { formatTable } from '../table.ts'

export function addStat(program: Command, act: Act): void {
  program
    .command('stat')
    .description('show what is known of an object')
    .argument(...capabilityArgument)
    .action(act(stat))
}

async function stat(session: Session, from: string | undefined): Promise<void> {
  const capability = await readSecret(capabilitySecret, from, session.surroundings)
  await using client = await session.connect()
  const found = await client.stat(capability, { signal: session.signal })
  const rows = [
    ['object', found.objectId],
    ['size', `${formatByteSize(found.objectBytes)} (${found.objectBytes} bytes)`],
    found.isInline
      ? ['copies', `${found.tolerance + 1}, each whole, on as many nodes (${found.scheme})`]
      : ['scheme', `${found.scheme}: any ${found.tolerance} of ${found.totalShards} shards may be lost`],
    ...(found.isInline ? [] : [['stripes', `${found.stripeCount}, of shards of ${formatByteSize(found.shardBytes)}`]]),
  ]
  session.report(found, formatTable(rows))
}
