import type { Plan, PlanOptions } from './plan.ts'

/** Loss patterns repeat while a node is down; more than this many at a time are rare. */
const maximumPlans = 64

/** The plans used last, so that a loss pattern is solved once. Least recently used ones are dropped. */
export class PlanCache {
  readonly #plans = new Map<string, Plan>()

  get(erased: readonly number[], { wanted, costs }: PlanOptions, make: () => Plan): Plan {
    const key = `${erased.join()};${wanted?.join()};${costs?.join()}`
    const found = this.#plans.get(key) ?? make()
    this.#plans.delete(key)
    this.#plans.set(key, found)
    if (this.#plans.size > maximumPlans) this.#plans.delete(this.#plans.keys().next().value!)
    return found
  }
}
