/*
 * Two levels of network. Members of one group tell each other everything; what others need to know of a group is told by a
 * few members that it has elected. Nobody counts votes: everybody ranks the members by a hash of their ids, and the first
 * few that are up are elected. Views that agree elect the same; while they don't, a few more speak for the group, which
 * does no harm; and when one of them goes down, the next in rank takes its place as soon as that is known.
 *
 * An elected member's record has a summary of the group in it, and is spread through every group. So no new kind of
 * message, signature or merge is needed for aggregates.
 */
import { hash32 } from './hash.ts'
import type { GroupSummary, MemberRecord } from './member.ts'
import type { Member } from './view.ts'

const ELECTED = 3

/** Peer ids of those that a group has elected, best first. @param members of the group; more don't matter */
export function electedOf(group: string, members: readonly Member[]): string[] {
  return members
    .filter(({ record, availability }) => record.group === group && availability === 'up' && isDialable(record))
    .map(({ record }) => ({ peerId: record.peerId, rank: hash32(`elect ${record.peerId}`) }))
    .sort((a, b) => a.rank - b.rank || (a.peerId < b.peerId ? -1 : 1))
    .slice(0, ELECTED)
    .map(({ peerId }) => peerId)
}

/** The group in a few numbers. */
export function summaryOf(group: string, members: readonly Pick<Member, 'record' | 'availability'>[]): GroupSummary {
  const own = members.filter(({ record }) => record.group === group)
  const up = own.filter(({ availability }) => availability === 'up')
  const units = up.flatMap(({ record }) => record.units)
  const sum = (bytes: readonly number[]): number =>
    Math.min(
      bytes.reduce((total, part) => total + part, 0),
      Number.MAX_SAFE_INTEGER,
    )
  return {
    members: own.length,
    up: up.length,
    totalBytes: sum(units.map(({ totalBytes }) => totalBytes)),
    freeBytes: sum(units.map(({ freeBytes }) => freeBytes)),
  }
}

function isDialable({ addresses }: MemberRecord): boolean {
  return addresses.length > 0
}
