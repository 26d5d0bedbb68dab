import type { LinkReport } from '@p2pstore/node'
import type { Command } from 'commander'
import type { Act } from '../act.ts'
import { formatByteSize } from '../byte-size.ts'
import type { Session } from '../session.ts'
import { shortId } from '../short-id.ts'
import { formatList } from '../table.ts'

export function addLinks(program: Command, act: Act): void {
  program.command('links').description('show the ways between members, as they have measured them').action(act(links))
}

async function links(session: Session): Promise<void> {
  await using client = await session.connect()
  const seen = client.view.links()
  session.report({ links: seen }, describe(seen))
}

function describe(seen: readonly LinkReport[]): string {
  const rows = seen.map((link) => [
    shortId(link.from),
    shortId(link.to),
    `${link.roundTripMs.toFixed(1)} ms`,
    link.bytesPerSecond === 0 ? '' : `${formatByteSize(link.bytesPerSecond)}/s`,
    `${(link.failurePerMille / 10).toFixed(1)} %`,
    link.security,
  ])
  return formatList(['FROM', 'TO', 'LATENCY', 'SPEED', 'LOST', 'SECURITY'], rows, [2, 3, 4])
}
