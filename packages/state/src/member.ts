/**
 * What a node says about itself. Only the node signs it; everybody passes it on unchanged. Sizes and rules: check-
 * member.ts.
 */
export interface MemberRecord {
  /** Text form of the peer id: visible ASCII, 1 … 128 characters. */
  readonly peerId: string
  /** Kept on disk, grows at every start of the node, so that a restarted node is newer than its former self. */
  readonly incarnation: number
  /** Starts anywhere, grows at every change and every renewal of one incarnation. */
  readonly version: number
  /** When the record was signed, by the node's own clock: milliseconds since the Unix epoch. */
  readonly timestampMs: number
  /** The node renews its record at least this often while it lives: 1,000 … 3,600,000. */
  readonly renewMs: number
  /** What the node does for others, such as `storage`: at most 8 different names of at most 32 characters. */
  readonly roles: readonly string[]
  /** Multiaddrs to dial the node at, at most 16 of at most 256 characters. Empty when it only dials out. */
  readonly addresses: readonly string[]
  /** At most 32; empty for a node that keeps nothing. */
  readonly units: readonly UnitRecord[]
  /** Nodes of one group tell each other everything: usually those of one local network. */
  readonly group: string
  /** Nodes of one domain may fail together: visible ASCII, 1 … 128 characters. The peer id when nothing is known. */
  readonly domain: string
  /** Where the node stands among machines, as far as it says. */
  readonly topology?: Topology
  readonly geography?: Geography
  /** Names for people and policies to choose by, such as `ssd` or `owner=lab`: at most 16 different ones of at most 64. */
  readonly tags: readonly string[]
  /** The node is being emptied: it still serves reads and wants nothing new. */
  readonly draining: boolean
  /** The node has found that no other member can dial it. */
  readonly unreachable?: true
  readonly service?: ServiceQuality
  readonly performance?: Performance
  /** Where the node is in the space of round trips: see coordinate.ts. */
  readonly coordinate?: Coordinate
  /** What it has measured of its ways to others, the most used first: at most 16. */
  readonly links: readonly LinkRecord[]
  /** What a node that its group has elected says of the whole group. Such records go to every group. */
  readonly summary?: GroupSummary
}

/** One place a node stores bytes in: a disk, a partition, a directory with a quota. */
export interface UnitRecord {
  /** Visible ASCII, 1 … 128 characters, distinct within the record. */
  readonly id: string
  /** 0 … 2^48. */
  readonly totalBytes: number
  /** 0 … totalBytes. */
  readonly freeBytes: number
  /** Taken by shards that can be read, 0 … 2^48; undefined when it doesn't say. */
  readonly heldBytes?: number
  /** What the unit's own signs of health let expect. */
  readonly outlook: Outlook
}

export const OUTLOOKS = ['good', 'worn', 'failing'] as const
export type Outlook = (typeof OUTLOOKS)[number]

export interface Topology {
  readonly rack?: string
  readonly machine?: string
  /** The network it sees itself in, such as `192.0.2.0/24`. What peers see of it comes before this claim. */
  readonly networkPrefix?: string
}

export interface Geography {
  readonly region?: string
  readonly site?: string
  readonly position?: { readonly latitudeMicroDegrees: number; readonly longitudeMicroDegrees: number }
}

/** How well the node serves now. */
export interface ServiceQuality {
  /** Of the latest requests, those that failed by the node's own fault. */
  readonly errorPerMille: number
  /** Requests waiting or running: 0 … 1,000,000. */
  readonly queueDepth: number
  /** `busy`: prefer others; `closed`: takes no new shards. */
  readonly admission: Admission
}

export const ADMISSIONS = ['open', 'busy', 'closed'] as const
export type Admission = (typeof ADMISSIONS)[number]

/** Of requests of each kind that the node has served lately; left out where there were too few. */
export interface Performance {
  readonly read?: SpeedDigest
  readonly write?: SpeedDigest
}

/** How long requests of one kind took lately, and how many bytes they moved. */
export interface SpeedDigest {
  /** 0 … 10^12. */
  readonly bytesPerSecond: number
  /** Latencies that half, nine tenths and 99 of 100 requests stay below, in rising order: at most an hour. */
  readonly p50Us: number
  readonly p90Us: number
  readonly p99Us: number
}

/** A place such that the distance of two nodes foretells the round trip between them. */
export interface Coordinate {
  /** 8 numbers, each within ± 60,000,000. */
  readonly vectorUs: readonly number[]
  /** What the node's own line adds to every way: 0 … 60,000,000. */
  readonly heightUs: number
  /** How wrong its predictions have been lately: 0 … 1,500 of a thousand. */
  readonly errorPerMille: number
}

/** A way to another peer, as this end has measured it. */
export interface LinkRecord {
  /** The end of the other's peer id: see {@link shortId}. */
  readonly peer: string
  /** At most 60 s. */
  readonly roundTripUs: number
  /** Of bodies, 0 when none was large enough to tell; 0 … 10^12. */
  readonly bytesPerSecond: number
  /** Of the latest requests, those that were lost. */
  readonly failurePerMille: number
  readonly security: LinkSecurity
}

/** `secure`: authenticated and encrypted end to end; `local`: within one process or machine; `plain`: neither. */
export const LINK_SECURITIES = ['secure', 'local', 'plain'] as const
export type LinkSecurity = (typeof LINK_SECURITIES)[number]

/** A group in a few numbers. */
export interface GroupSummary {
  /** Members known, and those of them that are up. */
  readonly members: number
  readonly up: number
  /** Over the units of those that are up. */
  readonly totalBytes: number
  readonly freeBytes: number
}

const SHORT_ID_LENGTH = 12

/**
 * The last 12 characters of a peer id: 70 bits in base58, more than anyone can find a second key for, and what people
 * compare anyway. Names a peer wherever many are named at once.
 */
export function shortId(peerId: string): string {
  return peerId.slice(-SHORT_ID_LENGTH)
}
