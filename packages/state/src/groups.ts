/*
 * Two levels of network. Members of one group tell each other everything; what others need to know of a group is told by a
 * few members that it has elected. Nobody counts votes: everybody ranks the members by a hash of their ids, and the first
 * few that are up are elected. Views that agree elect the same; while they don't, a few more speak for the group, which
 * does no harm; and when one of them goes down, the next in rank takes its place as soon as that is known.
 *
 * An elected member's record has a summary of the group in it, and is spread through every group. So no new kind of
 * message, signature or merge is needed for aggregates.
 */
import type { Availability } from './liveness.ts'
import type { GroupSummary, MemberRecord } from './member.ts'
import type { OpenRecord } from './signed-record.ts'
import type { View } from './view.ts'

const ELECTED = 3

/** Whether the node whose view it is is one of those that its group has elected. Few others need to be looked at: most have many before them. */
export function isElected(view: View, nowMs: number): boolean {
  const { self } = view
  if (self === undefined || self.record.addresses.length === 0) return false
  let before = 0
  for (const other of view.ring) {
    const { record } = other
    const isBefore =
      ranksBefore(other, self) &&
      record.group === view.group &&
      view.canCall(record) &&
      view.availability(record.peerId, nowMs) === 'up'
    if (isBefore && ++before === ELECTED) return false
  }
  return true
}

function ranksBefore(a: OpenRecord, b: OpenRecord): boolean {
  return a.rank < b.rank || (a.rank === b.rank && a.record.peerId < b.record.peerId)
}

/** The group in a few numbers. */
export function summaryOf(
  group: string,
  members: readonly { readonly record: MemberRecord; readonly availability: Availability }[],
): GroupSummary {
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
