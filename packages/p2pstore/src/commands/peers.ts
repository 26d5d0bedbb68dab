import type { PeerReport } from '@p2pstore/node'
import { type Command, Option } from 'commander'
import type { Act } from '../act.ts'
import { formatByteSize } from '../byte-size.ts'
import { domainOf, placeOf } from '../describe-member.ts'
import type { Session } from '../session.ts'
import { shortId } from '../short-id.ts'
import { formatList } from '../table.ts'

const orders = ['id', 'latency', 'free', 'group'] as const
type Order = (typeof orders)[number]

interface PeersFlags {
  readonly sort: Order
}

export function addPeers(program: Command, act: Act): void {
  program
    .command('peers')
    .description('show what the members say of themselves, and how far they are from here')
    .addOption(new Option('--sort <order>', 'in which order').choices(orders).default('id'))
    .action(act(peers))
}

async function peers(session: Session, { sort }: PeersFlags): Promise<void> {
  await using client = await session.connect()
  await client.view.measure()
  const seen = client.view.snapshot().sort(compare[sort])
  session.report({ peers: seen }, describe(seen))
}

const far = Number.POSITIVE_INFINITY
const compare: Readonly<Record<Order, (a: PeerReport, b: PeerReport) => number>> = {
  id: () => 0,
  latency: (a, b) => order(a.roundTripMs ?? far, b.roundTripMs ?? far),
  free: (a, b) => order(freeBytes(b), freeBytes(a)),
  group: (a, b) => order(a.record.group, b.record.group),
}

function order<T extends number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function freeBytes({ record }: PeerReport): number {
  return record.units.reduce((sum, unit) => sum + unit.freeBytes, 0)
}

function describe(seen: readonly PeerReport[]): string {
  const rows = seen.map((peer) => [
    shortId(peer.peerId),
    stateOf(peer),
    peer.roundTripMs === undefined ? '' : `${peer.isRoundTripMeasured ? '' : '~'}${peer.roundTripMs.toFixed(1)} ms`,
    formatByteSize(freeBytes(peer)),
    speedOf(peer.record.performance?.read),
    speedOf(peer.record.performance?.write),
    peer.record.group,
    domainOf(peer),
    placeOf({ ...peer.record.geography, ...peer.record.topology }),
    peer.networkPrefix ?? '',
    peer.record.tags.join(' '),
  ])
  return formatList(header, rows, [2, 3, 4, 5])
}

function stateOf({ availability, isRelayed, isUnreachable }: PeerReport): string {
  return [availability, ...(isUnreachable ? ['unreachable'] : []), ...(isRelayed ? ['relayed'] : [])].join(', ')
}

const header = ['PEER', 'STATE', 'LATENCY', 'FREE', 'READS', 'WRITES', 'GROUP', 'DOMAIN', 'PLACE', 'NETWORK', 'TAGS']

function speedOf(digest: { readonly bytesPerSecond: number } | undefined): string {
  return digest === undefined ? '' : `${formatByteSize(digest.bytesPerSecond)}/s`
}
