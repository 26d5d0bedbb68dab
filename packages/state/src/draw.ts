/**
 * All items, or `count` of them, in an order that is drawn anew each time, every one as likely as any other: a Fisher–Yates
 * shuffle that takes its steps only as they are asked for. The list stays as it is; only places that would differ are kept.
 * @param random integers, uniform in 0 … 2^32 − 1
 */
export function* shuffled<T>(items: readonly T[], random: () => number, count = items.length): Generator<T, void> {
  const moved = new Map<number, number>()
  for (let left = items.length; left > items.length - count && left > 0; left--) {
    const place = Math.floor((random() / 2 ** 32) * left)
    yield items[moved.get(place) ?? place]!
    moved.set(place, moved.get(left - 1) ?? left - 1)
  }
}

/** The first `count` items that suit; fewer when there are not so many. */
export function firstOf<T>(items: Iterable<T>, count: number, suits: (item: T) => boolean): T[] {
  const found: T[] = []
  if (count === 0) return found
  for (const item of items) {
    if (!suits(item)) continue
    found.push(item)
    if (found.length === count) break
  }
  return found
}
