import type { Clock } from '@p2pstore/node'

/** What is or was out of order, and until when. Things are known by name; one may be out for several reasons at a time. */
export class Outages {
  readonly #clock: Clock
  readonly #reasons = new Map<string, number>()
  readonly #lastEndMs = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts one more reason. True when it is the only one. */
  begin(name: string): boolean {
    const reasons = (this.#reasons.get(name) ?? 0) + 1
    this.#reasons.set(name, reasons)
    return reasons === 1
  }

  /** Takes back a reason. True when none is left. */
  end(name: string): boolean {
    const reasons = (this.#reasons.get(name) ?? 0) - 1
    if (reasons < 0) throw new Error(`${name} was not out of order`)
    this.#reasons.set(name, reasons)
    this.#lastEndMs.set(name, this.#clock.monotonicMs())
    return reasons === 0
  }

  /** Notes an interruption that is over at once. */
  note(name: string): void {
    this.#lastEndMs.set(name, this.#clock.monotonicMs())
  }

  isOut(name: string): boolean {
    return (this.#reasons.get(name) ?? 0) > 0
  }

  /** Whether it is out of order now or was at some moment since. */
  wasOut(name: string, sinceMs: number): boolean {
    return this.isOut(name) || (this.#lastEndMs.get(name) ?? Number.NEGATIVE_INFINITY) >= sinceMs
  }
}
