/**
 * Shards that end on the same day share segments, so that a day's worth of them goes by unlinking files. A bucket is named
 * by the first day on which nothing in it is left: day number since the Unix epoch, UTC; 0 is never.
 */
const dayMs = 86_400_000
export const never = 0

export function deletionDay(deleteAfterMs: number): number {
  return deleteAfterMs === 0 ? never : Math.floor(deleteAfterMs / dayMs) + 1
}

export function isOver(day: number, nowMs: number): boolean {
  return day !== never && nowMs >= day * dayMs
}

export function laterDay(a: number, b: number): number {
  return a === never || b === never ? never : Math.max(a, b)
}

/** Milliseconds from `nowMs` to the start of the next day. */
export function untilNextDayMs(nowMs: number): number {
  return dayMs - (nowMs % dayMs)
}
