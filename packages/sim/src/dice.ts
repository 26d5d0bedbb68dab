import type { Random } from '@p2pstore/node'
import { seededRandom } from '@p2pstore/node/memory'

/** Choices by a seed. Each purpose has numbers of its own, so that one more throw for one of them leaves the others alone. */
export class Dice {
  readonly random: Random

  /** @param seed 0 … 2^32 − 1 */
  constructor(seed: number, purpose: string) {
    this.random = seededRandom(mixed(seed, purpose))
  }

  /** An integer from `least` to `most`, both included. */
  integer(least: number, most: number): number {
    return least + (this.random.uint32() % (most - least + 1))
  }

  /** An integer from 1 to `most` whose order of magnitude is as likely as any other. */
  magnitude(most: number): number {
    return this.integer(1, Math.min(most, 2 ** this.integer(1, Math.ceil(Math.log2(most)))))
  }

  /** True in `percent` of 100 throws. */
  chance(percent: number): boolean {
    return this.integer(1, 100) <= percent
  }

  /** @throws RangeError when there is nothing to pick from */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('there is nothing to pick from')
    return items[this.integer(0, items.length - 1)] as T
  }

  shuffle<T>(items: Iterable<T>): T[] {
    const rest = [...items]
    const shuffled: T[] = []
    while (rest.length > 0) shuffled.push(...rest.splice(this.integer(0, rest.length - 1), 1))
    return shuffled
  }

  /** Each of the items with a chance of one half, but at least one if there is any. */
  some<T>(items: readonly T[]): T[] {
    const chosen = items.filter(() => this.chance(50))
    return chosen.length > 0 || items.length === 0 ? chosen : [this.pick(items)]
  }
}

/** FNV-1a over the purpose, begun with the seed. */
function mixed(seed: number, purpose: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0
  for (const letter of purpose) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0
  return hash
}
