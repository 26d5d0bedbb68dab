/** Something that ends at a moment. */
export interface Expiring {
  /** Milliseconds since the Unix epoch. */
  readonly deleteAfterMs: number
}

/**
 * A binary heap with the item that ends first on top. Removing an item from the middle is left to the owner: `isLive` says
 * whether an item still counts, and when more than half do not, the heap is built anew, so that it never holds more than
 * twice the live items.
 */
export class ExpiryQueue<Item extends Expiring> {
  readonly #isLive: (item: Item) => boolean
  #heap: Item[] = []
  #dead = 0

  constructor(isLive: (item: Item) => boolean) {
    this.#isLive = isLive
  }

  get size(): number {
    return this.#heap.length
  }

  add(item: Item): void {
    this.#heap.push(item)
    this.#rise(this.#heap.length - 1)
  }

  /** Tells the queue that one item it holds no longer counts. */
  forget(): void {
    this.#dead++
    if (this.#dead * 2 <= this.#heap.length) return
    this.#heap = this.#heap.filter(this.#isLive).sort((a, b) => a.deleteAfterMs - b.deleteAfterMs)
    this.#dead = 0
  }

  /** Takes out the next live item that has ended at `nowMs`. */
  take(nowMs: number): Item | undefined {
    for (;;) {
      const first = this.#heap[0]
      if (first === undefined || first.deleteAfterMs > nowMs) return undefined
      this.#removeFirst()
      if (this.#isLive(first)) return first
      this.#dead--
    }
  }

  #removeFirst(): void {
    const last = this.#heap.pop()!
    if (this.#heap.length === 0) return
    this.#heap[0] = last
    this.#sink(0)
  }

  #rise(from: number): void {
    const heap = this.#heap
    const item = heap[from]!
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (heap[parent]!.deleteAfterMs <= item.deleteAfterMs) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = item
  }

  #sink(from: number): void {
    const heap = this.#heap
    const item = heap[from]!
    let at = from
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && heap[child + 1]!.deleteAfterMs < heap[child]!.deleteAfterMs) child++
      if (item.deleteAfterMs <= heap[child]!.deleteAfterMs) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = item
  }
}
