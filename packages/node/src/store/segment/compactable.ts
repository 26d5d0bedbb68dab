/**
 * Which segment is worth rewriting: what it keeps (live shards, and records that void others) is copied to the segment that
 * is being filled for the same deletion day, and the file goes. To free a byte at a dead share d costs (1 − d) / d bytes of
 * writing: one at a half, seven at an eighth. So it is a half as long as there is room, and an eighth when the unit is nearly
 * full, where the choice is between that and refusing puts.
 */
import { isOver } from './deletion-day.ts'
import { blockBytes, recordHeaderBytes } from './layout.ts'
import type { Segment } from './segments.ts'

const deadShareWithRoom = 1 / 2
const deadShareNearlyFull = 1 / 8

export interface CompactionConditions {
  readonly nowMs: number
  readonly isNearlyFull: boolean
  /** What can be written before anything is freed. */
  readonly headRoomBytes: number
  /** Length at which a segment is sealed. */
  readonly segmentBytes: number
}

/** The one with the largest dead share of those that are worth it and whose copy fits into the head room. */
export function compactable(segments: Iterable<Segment>, conditions: CompactionConditions): Segment | undefined {
  let best: Segment | undefined
  let bestShare = conditions.isNearlyFull ? deadShareNearlyFull : deadShareWithRoom
  for (const segment of segments) {
    const share = deadShare(segment)
    if (share < bestShare || !isAllowed(segment, conditions)) continue
    best = segment
    bestShare = share
  }
  return best
}

function isAllowed(segment: Segment, { nowMs, headRoomBytes, segmentBytes }: CompactionConditions): boolean {
  const { open, liveCount, verdictCount, day } = segment
  const isEmpty = liveCount === 0 && verdictCount === 0
  if (open || isEmpty || isOver(day, nowMs)) return false
  // Of a small one with nothing dead in it only the padding would go, and the copy might soon be a small one again.
  const isWorthATry = hasDeadPuts(segment) || 2 * segment.fileBytes >= segmentBytes
  return isWorthATry && copyBytes(segment) <= headRoomBytes
}

/** Whether some put in a segment no longer counts, and could be taken for what holds if its verdict were lost. */
export function hasDeadPuts({ putCount, liveCount }: Segment): boolean {
  return putCount > liveCount
}

function deadShare(segment: Segment): number {
  return 1 - keptBytes(segment) / segment.fileBytes
}

/** Bytes of what is kept, footer entries included. */
function keptBytes({ liveBytes, liveCount, verdictCount }: Segment): number {
  return liveBytes + liveCount * recordHeaderBytes + 2 * verdictCount * recordHeaderBytes
}

/** What the copy may take at the most: padding of its groups, and two new segments' headers and footers. */
function copyBytes(segment: Segment): number {
  return Math.ceil(keptBytes(segment) * (5 / 4)) + 16 * blockBytes
}
