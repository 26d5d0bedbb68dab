/** A storage node as placement, people and their predicates see it: its record, and what this peer knows better. */
import type { Candidate } from '@p2pstore/placement'
import type { Availability, Geography, MemberRecord, ServiceQuality, SpeedDigest } from '@p2pstore/state'
import type { Way } from './gossip/ways.ts'
import { isRelayed } from './peer-address.ts'

export interface StorageMember extends Candidate {
  /** The domain that its certificate says, or else itself: not what this peer has seen, but what all peers agree on. */
  readonly toldDomain: string
  readonly availability: Availability
  readonly addresses: readonly string[]
  readonly totalBytes: number
  readonly freeBytes: number
  /** Taken by shards. */
  readonly heldBytes: number
  /** Units that have failed, or are about to. */
  readonly failingUnits: number
  /** Units that are slow, or have failed now and then. */
  readonly wornUnits: number
  /** Being emptied: reads only. */
  readonly draining: boolean
  /** Others can't dial it, and speak with it through a third member. */
  readonly isRelayed: boolean
  /** It has found that no other member can dial it. */
  readonly isUnreachable: boolean
  /** Can be written to, though one that is suspect only when there is no other. */
  readonly available: boolean
  /**
   * Free mebibytes of units that aren't failing, less the share of requests that fail. No more than 32 usual nodes have
   * in all: room is a claim, and who claims no end of it may not draw a shard of everything.
   */
  readonly weight: number
  /** How full and how busy it is: see {@link describeMember}. */
  readonly load: number
  readonly group: string
  readonly tags: readonly string[]
  readonly region: string | undefined
  readonly site: string | undefined
  readonly rack: string | undefined
  readonly machine: string | undefined
  readonly position: Geography['position']
  /** The network it was seen to come from, or else says it is in. */
  readonly networkPrefix: string | undefined
  readonly service: ServiceQuality | undefined
  readonly read: SpeedDigest | undefined
  readonly write: SpeedDigest | undefined
  /** Measured lately, or foretold from where both are. */
  readonly roundTripMs: number | undefined
}

/** What is known of a member besides what it says itself. */
export interface Knowledge {
  readonly availability: Availability
  /** The domain that it is taken to be in: see domains.ts. */
  readonly domain: string
  /** From its certificate. */
  readonly certifiedDomain: string | undefined
  /** Where it was seen to come from: counts more than what it claims. */
  readonly networkPrefix: string | undefined
  readonly way: Way | undefined
  /** What this peer has placed there lately. */
  readonly placedShards: number
  /** Of all storage nodes: a node of twice that takes twice as many shards as easily. */
  readonly meanWeight: number
  /** The median of what storage nodes have in all. */
  readonly usualTotalBytes: number
}

/** A request that waits, or a shard of ours that is on its way, counts like a hundredth of the node being full. */
const loadPerRequest = 10
const mostLoad = 1_000
const mostUsualNodes = 32
const bytesPerWeight = 2 ** 20

/**
 * `load` is a sum of thousandths: of the room that is in use, 1,000 for a node that is full; 10 for each request that
 * waits or runs there and for each shard (on a node of average room) that this peer has placed there lately, which the
 * node's record can't tell of yet; the milliseconds that nine of ten writes stay below, 1,000 at most; and 1,000 more
 * when the node asks to be spared.
 */
export function describeMember(record: MemberRecord, known: Knowledge): StorageMember {
  const { peerId, addresses, draining, service, performance, topology, geography, units, group, tags } = record
  const { availability, way } = known
  const totalBytes = totalBytesOf(record)
  const freeBytes = sum(units.map((unit) => unit.freeBytes))
  const soundBytes = sum(units.filter(({ outlook }) => outlook !== 'failing').map((unit) => unit.freeBytes))
  const goodShare = 1 - (service?.errorPerMille ?? 0) / 1000
  const usedLoad = totalBytes === 0 ? 0 : ((totalBytes - freeBytes) / totalBytes) * 1000
  const creditedBytes = Math.min(soundBytes, mostUsualNodes * known.usualTotalBytes)
  const weight = Math.floor((creditedBytes / bytesPerWeight) * goodShare)
  const requests = (service?.queueDepth ?? 0) + (known.placedShards * known.meanWeight) / Math.max(1, weight)
  const writeMs = (performance?.write?.p90Us ?? 0) / 1000
  const sparedLoad = service?.admission === 'busy' ? 1000 : 0
  return {
    peerId,
    availability,
    addresses,
    domain: known.domain,
    toldDomain: known.certifiedDomain ?? record.domain,
    draining,
    isRelayed: addresses.some(isRelayed),
    isUnreachable: record.unreachable ?? false,
    available: availability !== 'down' && !draining && service?.admission !== 'closed',
    failingUnits: units.filter(({ outlook }) => outlook === 'failing').length,
    wornUnits: units.filter(({ outlook }) => outlook === 'worn').length,
    totalBytes,
    freeBytes,
    heldBytes: sum(units.map((unit) => unit.heldBytes ?? 0)),
    weight,
    load: Math.floor(usedLoad + requests * loadPerRequest + Math.min(writeMs, mostLoad) + sparedLoad),
    group,
    tags,
    region: geography?.region,
    site: geography?.site,
    rack: topology?.rack,
    machine: topology?.machine,
    position: geography?.position,
    networkPrefix: known.networkPrefix ?? topology?.networkPrefix,
    service,
    read: performance?.read,
    write: performance?.write,
    roundTripMs: way?.roundTripMs,
    ...(way && { path: pathOf(way) }),
  }
}

export function totalBytesOf({ units }: MemberRecord): number {
  return sum(units.map(({ totalBytes }) => totalBytes))
}

function pathOf({ roundTripMs, lostPerMille, isSecure }: Way): NonNullable<StorageMember['path']> {
  return { roundTripUs: Math.round(roundTripMs * 1000), congestionPermille: lostPerMille, isSecure }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
