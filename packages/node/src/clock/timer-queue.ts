/** One call waiting in a {@link TimerQueue}. */
export interface QueuedCall {
  readonly dueMs: number
  readonly sequence: number
  readonly fire: () => void
  /** Where the call is in the heap; −1 once it has left. */
  position: number
}

/**
 * Calls ordered by (due time, order of arrival): a binary heap in which every call knows its place, so that cancelling
 * takes O(log n) and leaves nothing behind.
 */
export class TimerQueue {
  readonly #heap: QueuedCall[] = []
  #sequence = 0

  get size(): number {
    return this.#heap.length
  }

  peek(): QueuedCall | undefined {
    return this.#heap[0]
  }

  add(dueMs: number, fire: () => void): QueuedCall {
    const call: QueuedCall = { dueMs, sequence: this.#sequence++, fire, position: this.#heap.length }
    this.#heap.push(call)
    this.#siftUp(call)
    return call
  }

  /** Does nothing when the call has already left. */
  remove(call: QueuedCall): void {
    const position = call.position
    if (position < 0) return
    call.position = -1
    const last = this.#heap.pop()!
    if (last === call) return
    this.#put(last, position)
    this.#siftUp(last)
    this.#siftDown(last)
  }

  #put(call: QueuedCall, position: number): void {
    this.#heap[position] = call
    call.position = position
  }

  #siftUp(call: QueuedCall): void {
    while (call.position > 0) {
      const position = call.position
      const parent = this.#heap[(position - 1) >> 1]!
      if (!isBefore(call, parent)) return
      this.#put(call, parent.position)
      this.#put(parent, position)
    }
  }

  #siftDown(call: QueuedCall): void {
    for (;;) {
      const position = call.position
      const left = this.#heap[2 * position + 1]
      const right = this.#heap[2 * position + 2]
      const child = left !== undefined && right !== undefined && isBefore(right, left) ? right : left
      if (child === undefined || !isBefore(child, call)) return
      this.#put(call, child.position)
      this.#put(child, position)
    }
  }
}

function isBefore(a: QueuedCall, b: QueuedCall): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.sequence < b.sequence)
}
