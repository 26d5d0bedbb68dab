/** The plans of one code, remembered: a loss repeats with every stripe while a node is down. */
import type { LinearCode } from './linear-code.ts'
import { type Plan, type PlanOptions, plan } from './plan.ts'
import { RecentlyUsed } from './recently-used.ts'

export class Plans {
  readonly #code: LinearCode
  readonly #known = new RecentlyUsed<Plan>()
  /** What was asked for last, without costs. */
  #last: { readonly erased: readonly number[]; readonly plan: Plan } | undefined

  constructor(code: LinearCode) {
    this.#code = code
  }

  /** Like `plan`. Allocates nothing when asked for the same again. */
  find(erased: readonly number[], options?: PlanOptions): Plan {
    const wanted = options?.wanted ?? erased
    const isUsual = options?.costs === undefined
    const last = this.#last
    if (isUsual && last && isSame(last.erased, erased) && isSame(last.plan.targets, wanted)) return last.plan
    const found = this.#find(erased, options)
    if (isUsual) this.#last = { erased: [...erased], plan: found }
    return found
  }

  #find(erased: readonly number[], options: PlanOptions | undefined): Plan {
    const key = `${erased.join()};${options?.wanted?.join()};${options?.costs?.join()}`
    return this.#known.get(key, () => plan(this.#code, erased, options))
  }
}

function isSame(one: readonly number[], other: readonly number[]): boolean {
  if (one.length !== other.length) return false
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false
  return true
}
