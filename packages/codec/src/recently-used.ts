/** Loss patterns repeat while a node is down; more than this many different ones at a time are rare. */
const maximumEntries = 64

/** What was worked out for the keys used last; the least recently used is forgotten. */
export class RecentlyUsed<Value> {
  readonly #values = new Map<string, Value>()

  get(key: string, make: () => Value): Value {
    const value = this.#values.get(key) ?? make()
    this.#values.delete(key)
    this.#values.set(key, value)
    if (this.#values.size > maximumEntries) this.#values.delete(this.#values.keys().next().value!)
    return value
  }
}
