/** One call waiting in a {@link TimerQueue}. */
export interface QueuedCall {
  readonly dueMs: number
  readonly sequence: number
  readonly fire: () => void
  /** Where the call is in the heap; −1 once it has left. */
  position: number
}

/**
 * Children of one place in the heap. With four the heap is half as deep as with two, and their times lie side by side in
 * memory: in a network of ten thousand nodes it is memory that one waits for.
 */
const WIDTH = 4

/**
 * Calls ordered by (due time, order of arrival): a heap in which every call knows its place, so that cancelling takes
 * O(log n) and leaves nothing behind.
 */
export class TimerQueue {
  readonly #heap: QueuedCall[] = []
  /** The due times of the calls in the heap, by place. */
  readonly #dueMs: number[] = []
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
    this.#dueMs.push(dueMs)
    this.#siftUp(call)
    return call
  }

  /** Does nothing when the call has already left. */
  remove(call: QueuedCall): void {
    const position = call.position
    if (position < 0) return
    call.position = -1
    const last = this.#heap.pop()!
    this.#dueMs.pop()
    if (last === call) return
    this.#put(last, position)
    this.#siftUp(last)
    this.#siftDown(last)
  }

  #put(call: QueuedCall, position: number): void {
    this.#heap[position] = call
    this.#dueMs[position] = call.dueMs
    call.position = position
  }

  #siftUp(call: QueuedCall): void {
    let position = call.position
    while (position > 0) {
      const parent = Math.floor((position - 1) / WIDTH)
      if (!this.#isBefore(call, parent)) break
      this.#put(this.#heap[parent]!, position)
      position = parent
    }
    this.#put(call, position)
  }

  #siftDown(call: QueuedCall): void {
    let position = call.position
    for (;;) {
      const child = this.#firstChild(position)
      if (child === undefined || this.#isBefore(call, child)) break
      this.#put(this.#heap[child]!, position)
      position = child
    }
    this.#put(call, position)
  }

  /** Of the children of a place, the one to fire first. */
  #firstChild(position: number): number | undefined {
    const begin = WIDTH * position + 1
    const end = Math.min(begin + WIDTH, this.#heap.length)
    if (begin >= end) return undefined
    let first = begin
    for (let child = begin + 1; child < end; child++) {
      const [dueMs, firstMs] = [this.#dueMs[child]!, this.#dueMs[first]!]
      const isEarlier = dueMs === firstMs ? this.#heap[child]!.sequence < this.#heap[first]!.sequence : dueMs < firstMs
      if (isEarlier) first = child
    }
    return first
  }

  #isBefore({ dueMs, sequence }: QueuedCall, position: number): boolean {
    const otherMs = this.#dueMs[position]!
    return dueMs === otherMs ? sequence < this.#heap[position]!.sequence : dueMs < otherMs
  }
}
