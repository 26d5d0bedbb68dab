import type { Combination } from './combination.ts'

/** Loss patterns repeat while a node is down; more than this many different ones at a time are rare. */
const maximumEntries = 64
/** Programs grow with their coefficients, to a megabyte or so of machine code for four thousand. */
const maximumCoefficients = 1 << 16

/** What was worked out for the keys used last; the least recently used are forgotten. */
export class RecentlyUsed<Value extends Combination> {
  readonly #values = new Map<string, Value>()
  #coefficients = 0

  get(key: string, make: () => Value): Value {
    const known = this.#values.get(key)
    const value = known ?? make()
    this.#values.delete(key)
    this.#values.set(key, value)
    if (known) return value
    this.#coefficients += value.coefficients.cells.length
    for (const [oldKey, old] of this.#values) {
      if (oldKey === key) break
      if (this.#values.size <= maximumEntries && this.#coefficients <= maximumCoefficients) break
      this.#values.delete(oldKey)
      this.#coefficients -= old.coefficients.cells.length
    }
    return value
  }
}
