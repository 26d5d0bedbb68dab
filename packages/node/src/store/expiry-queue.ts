/** What a queue has to know of its items. An item is told where it sits, so that it can be taken out of the middle. */
export interface Seating<Item> {
  /** When an item ends, in milliseconds since the Unix epoch; must not change while it is in the queue. */
  endMs(item: Item): number
  /** What `sit` told last. */
  seat(item: Item): number
  sit(item: Item, seat: number): void
}

/** A binary heap with the item that ends first on top. */
export class ExpiryQueue<Item> {
  readonly #seating: Seating<Item>
  readonly #heap: Item[] = []

  constructor(seating: Seating<Item>) {
    this.#seating = seating
  }

  get size(): number {
    return this.#heap.length
  }

  add(item: Item): void {
    this.#heap.push(item)
    this.#rise(item, this.#heap.length - 1)
  }

  /** The item must be in the queue. */
  remove(item: Item): void {
    const seat = this.#seating.seat(item)
    const last = this.#heap.pop()!
    if (last === item) return
    this.#sink(last, seat)
    this.#rise(last, this.#seating.seat(last))
  }

  /** Takes out the item that ended first, if it has ended at `nowMs`. */
  take(nowMs: number): Item | undefined {
    const first = this.#heap[0]
    if (first === undefined || this.#seating.endMs(first) > nowMs) return undefined
    this.remove(first)
    return first
  }

  #rise(item: Item, from: number): void {
    const endMs = this.#seating.endMs(item)
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (this.#endAt(parent) <= endMs) break
      this.#sit(this.#heap[parent]!, at)
      at = parent
    }
    this.#sit(item, at)
  }

  #sink(item: Item, from: number): void {
    const endMs = this.#seating.endMs(item)
    let at = from
    for (;;) {
      let child = 2 * at + 1
      if (child >= this.#heap.length) break
      if (child + 1 < this.#heap.length && this.#endAt(child + 1) < this.#endAt(child)) child++
      if (endMs <= this.#endAt(child)) break
      this.#sit(this.#heap[child]!, at)
      at = child
    }
    this.#sit(item, at)
  }

  #endAt(seat: number): number {
    return this.#seating.endMs(this.#heap[seat]!)
  }

  #sit(item: Item, seat: number): void {
    this.#heap[seat] = item
    this.#seating.sit(item, seat)
  }
}
