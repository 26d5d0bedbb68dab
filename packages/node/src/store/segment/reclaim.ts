/**
 * Which segments can be unlinked. None that is still written to, and of the rest:
 *
 * - those whose deletion day has come: everything in them has expired, and a record that voids an earlier one always lies in
 *   a bucket that outlives the earlier one;
 * - those without a live shard, unless they void a record that another segment may hold still. A record voids only what is
 *   older than itself, so it is not needed once no other segment holds anything older.
 *
 * In the order of age, and one at a time with the directory synced in between: a power cut must not bring back an old
 * segment after taking the one that voided it.
 */
import { isOver } from './deletion-day.ts'
import type { Segment } from './segments.ts'

/** The next segment to unlink, if any. */
export function reclaimable(segments: readonly Segment[], nowMs: number): Segment | undefined {
  const [oldest, secondOldest] = twoOldest(segments)
  let next: Segment | undefined
  for (const segment of segments) {
    if (segment.open || (next !== undefined && next.number < segment.number)) continue
    const oldestElsewhere = segment.oldestSequence === oldest ? secondOldest : oldest
    const isDead = segment.liveCount === 0 && segment.newestVerdict < oldestElsewhere
    if (isDead || isOver(segment.day, nowMs)) next = segment
  }
  return next
}

/** The lowest and second lowest `oldestSequence`. */
function twoOldest(segments: readonly Segment[]): [number, number] {
  let first = Number.POSITIVE_INFINITY
  let second = Number.POSITIVE_INFINITY
  for (const { oldestSequence } of segments) {
    if (oldestSequence < first) [first, second] = [oldestSequence, first]
    else second = Math.min(second, oldestSequence)
  }
  return [first, second]
}
