/**
 * The storage nodes as this peer sees them now, ready for placement. What a view tells of changes is taken in one by
 * one: in a network of thousands some record is renewed all the time, and a put may not begin by looking at all of
 * them. What changes with time alone (who has fallen silent, how far others are, who comes from one network) is looked
 * at anew once a second.
 */
import { type CandidatePool, changePool, createPool } from '@p2pstore/placement'
import type { Member, MemberRecord, View } from '@p2pstore/state'
import { Domains } from './domains.ts'
import type { Ways } from './gossip/ways.ts'
import type { Roll } from './membership/roll.ts'
import type { Clock } from './ports/clock.ts'
import { RecentPlacements } from './recent-placements.ts'
import { describeMember, type StorageMember, totalBytesOf } from './storage-member.ts'

export interface StorageMembersParts {
  readonly view: View
  readonly ways: Pick<Ways, 'to'>
  readonly roll: Pick<Roll, 'version' | 'grantOf' | 'isRevoked'>
  readonly clock: Pick<Clock, 'monotonicMs'>
}

const refreshMs = 1_000

interface Snapshot {
  readonly takenMs: number
  readonly rollVersion: number
  readonly meanWeight: number
  readonly usualTotalBytes: number
  readonly domains: Domains
  readonly peerIds: ReadonlySet<string>
  readonly pool: CandidatePool<StorageMember>
}

export class StorageMembers {
  readonly #parts: StorageMembersParts
  readonly #placed: RecentPlacements
  #snapshot: Snapshot | undefined
  /** Peers of which something has changed since. */
  readonly #changed = new Set<string>()

  constructor(parts: StorageMembersParts) {
    this.#parts = parts
    this.#placed = new RecentPlacements(parts.clock)
    parts.view.subscribe(({ peerId }) => this.changed(peerId))
  }

  /** In the order of peer ids, those that are down included. */
  get pool(): CandidatePool<StorageMember> {
    const { clock, roll } = this.#parts
    const before = this.#snapshot
    const isCurrent = before?.rollVersion === roll.version && clock.monotonicMs() - before.takenMs < refreshMs
    this.#snapshot = (isCurrent && this.#withChanges(before)) || this.#lookAtAll()
    this.#changed.clear()
    return this.#snapshot.pool
  }

  /** Something else is known of a peer, such as the way to it. */
  changed(peerId: string): void {
    this.#changed.add(peerId)
  }

  /** Counts shards that are about to go to these nodes. */
  notePlaced(peerIds: Iterable<string>): void {
    for (const peerId of peerIds) {
      this.#placed.note(peerId)
      this.changed(peerId)
    }
  }

  #lookAtAll(): Snapshot {
    const { view, clock, roll } = this.#parts
    const takenMs = clock.monotonicMs()
    const meanWeight = this.#snapshot?.meanWeight ?? 0
    const known = view.snapshot(takenMs)
    const domains = new Domains(known, roll)
    const storing = known.filter(({ record }) => this.#mayStore(record))
    const usualTotalBytes = median(storing.map(({ record }) => totalBytesOf(record)))
    const members = storing.map((member) => this.#describe(member, { meanWeight, usualTotalBytes, domains }))
    const weights = members.reduce((sum, { weight }) => sum + weight, 0)
    return {
      takenMs,
      rollVersion: roll.version,
      meanWeight: weights / Math.max(1, members.length),
      usualTotalBytes,
      domains,
      peerIds: new Set(members.map(({ peerId }) => peerId)),
      pool: createPool(members),
    }
  }

  /** Undefined when nodes have come or gone, which is rare: then all are looked at. */
  #withChanges(before: Snapshot): Snapshot | undefined {
    const { view, clock } = this.#parts
    const changed: StorageMember[] = []
    for (const peerId of this.#changed) {
      const known = view.member(peerId, clock.monotonicMs())
      const member = known && this.#mayStore(known.record) ? this.#describe(known, before) : undefined
      if (before.peerIds.has(peerId) !== (member !== undefined)) return undefined
      if (member !== undefined) changed.push(member)
    }
    return changed.length === 0 ? before : { ...before, pool: changePool(before.pool, changed) }
  }

  #describe(
    member: Member,
    { meanWeight, usualTotalBytes, domains }: Pick<Snapshot, 'meanWeight' | 'usualTotalBytes' | 'domains'>,
  ): StorageMember {
    const { ways, roll } = this.#parts
    const { record, availability, observedPrefix } = member
    const { peerId } = record
    return describeMember(record, {
      availability,
      domain: domains.of(member),
      certifiedDomain: roll.grantOf(peerId)?.domain,
      networkPrefix: observedPrefix,
      way: ways.to(peerId),
      placedShards: this.#placed.shardsOn(peerId),
      meanWeight,
      usualTotalBytes,
    })
  }

  #mayStore({ peerId, roles }: MemberRecord): boolean {
    const { roll } = this.#parts
    // The certificate of one that nobody has told of yet is seen before anything is stored on it.
    const role = roll.grantOf(peerId)?.role ?? 'storage'
    return role === 'storage' && roles.includes('storage') && !roll.isRevoked(peerId)
  }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0
}
