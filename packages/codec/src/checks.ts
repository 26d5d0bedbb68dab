/** How the shards of stripes of one code depend on each other, remembered by which shards are missing. */
import { missingAmong } from './check-shards.ts'
import type { Combination } from './combination.ts'
import type { LinearCode } from './linear-code.ts'
import { RecentlyUsed } from './recently-used.ts'
import { checkWithout, equationsOf } from './syndrome.ts'

export class Checks {
  readonly #code: LinearCode
  readonly #encoding: Combination
  readonly #known = new RecentlyUsed<Combination>()
  readonly #equations = new RecentlyUsed<Combination>()
  #last: { readonly missing: readonly number[]; readonly check: Combination }

  /** @param encoding all parities as sums of all data */
  constructor(code: LinearCode, encoding: Combination) {
    this.#code = code
    this.#encoding = encoding
    this.#last = { missing: [], check: encoding }
  }

  /**
   * What the shards that are there must satisfy: each of them is a source or a target. Allocates nothing while the same ones
   * are missing.
   */
  among(shards: readonly (Uint8Array | undefined)[]): Combination {
    if (!areMissing(this.#last.missing, shards)) this.#last = this.#find(shards)
    return this.#last.check
  }

  /** The same as equations, whose sums are zero when all agree. */
  equationsAmong(shards: readonly (Uint8Array | undefined)[]): Combination {
    const check = this.among(shards)
    return this.#equations.get(this.#last.missing.join(), () => equationsOf(check, this.#code.totalShards))
  }

  #find(shards: readonly (Uint8Array | undefined)[]) {
    const missing = missingAmong(shards)
    if (missing.length === 0) return { missing, check: this.#encoding }
    return { missing, check: this.#known.get(missing.join(), () => checkWithout(this.#code, missing)) }
  }
}

/** Whether exactly these shards are not there. */
function areMissing(numbers: readonly number[], shards: readonly (Uint8Array | undefined)[]): boolean {
  let found = 0
  for (let shard = 0; shard < shards.length; shard++) {
    if (shards[shard] === undefined && numbers[found++] !== shard) return false
  }
  return found === numbers.length
}
