/**
 * Yields indexes in the order of their costs, lowest first, equal ones by index. A binary heap: taking a few of many
 * costs far less than sorting all.
 * @param indexes ascending; consumed
 */
export function* cheapestFirst(indexes: number[], costs: Float64Array): Generator<number> {
  for (let parent = (indexes.length >> 1) - 1; parent >= 0; parent--) sink(indexes, parent, costs)
  while (indexes.length > 0) {
    yield indexes[0]!
    const last = indexes.pop()!
    if (indexes.length === 0) return
    indexes[0] = last
    sink(indexes, 0, costs)
  }
}

function sink(heap: number[], from: number, costs: Float64Array): void {
  const sinking = heap[from]!
  let hole = from
  for (let child = 2 * hole + 1; child < heap.length; child = 2 * hole + 1) {
    if (child + 1 < heap.length && isCheaper(heap[child + 1]!, heap[child]!, costs)) child++
    if (!isCheaper(heap[child]!, sinking, costs)) break
    heap[hole] = heap[child]!
    hole = child
  }
  heap[hole] = sinking
}

function isCheaper(a: number, b: number, costs: Float64Array): boolean {
  return costs[a]! < costs[b]! || (costs[a] === costs[b] && a < b)
}
