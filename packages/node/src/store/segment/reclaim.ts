/**
 * Which segments can be unlinked. None that is still written to, none with a live shard, and of the rest:
 *
 * - those whose deletion day has come: everything in them has expired, and a record that voids an earlier one always lies in
 *   a bucket that outlives the earlier one;
 * - those that don't void a put that another segment may hold still. A record voids only what is older than itself, and what
 *   it voids is dead: so it is not needed once no other segment holds a dead put that is older.
 *
 * In the order of age, and one at a time with the directory synced in between: a power cut must not bring back an old
 * segment after taking the one that voided it.
 */
import { hasDeadPuts } from './compactable.ts'
import { isOver } from './deletion-day.ts'
import type { Segment } from './segments.ts'

/** The next segment to unlink, if any. */
export function reclaimable(segments: readonly Segment[], nowMs: number): Segment | undefined {
  const [oldest, secondOldest] = twoOldest(segments)
  let next: Segment | undefined
  for (const segment of segments) {
    if (segment.open || (next !== undefined && next.number < segment.number)) continue
    const oldestElsewhere = boundOf(segment) === oldest ? secondOldest : oldest
    const isNeededElsewhere = segment.newestVerdict >= oldestElsewhere && !isOver(segment.day, nowMs)
    if (segment.liveCount === 0 && !isNeededElsewhere) next = segment
  }
  return next
}

/** No dead put outside of `except` is older than this. */
export function oldestDeadPut(segments: Iterable<Segment>, except: Segment): number {
  let oldest = Number.POSITIVE_INFINITY
  for (const segment of segments) if (segment !== except) oldest = Math.min(oldest, boundOf(segment))
  return oldest
}

/** No dead put of the segment is older than this. */
function boundOf(segment: Segment): number {
  return hasDeadPuts(segment) ? segment.oldestPut : Number.POSITIVE_INFINITY
}

/** The lowest and second lowest bound. */
function twoOldest(segments: readonly Segment[]): [number, number] {
  let first = Number.POSITIVE_INFINITY
  let second = Number.POSITIVE_INFINITY
  for (const segment of segments) {
    const bound = boundOf(segment)
    if (bound < first) [first, second] = [bound, first]
    else second = Math.min(second, bound)
  }
  return [first, second]
}
