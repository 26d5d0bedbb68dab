import type { Random } from '../../ports/random.ts'
import type { Unit } from './unit.ts'

/** What a shard costs besides its body, generously; the unit itself knows it exactly. */
const overheadBytes = 64 << 10
/** How much less a unit is chosen that may be about to fail. */
const doubtfulShare = 1 / 16

/** The units of a node, and which of them is meant. */
export class UnitSet {
  readonly #random: Random
  #units: readonly Unit[] = []

  constructor(random: Random) {
    this.#random = random
  }

  get all(): readonly Unit[] {
    return this.#units
  }

  add(unit: Unit): void {
    this.#units = [...this.#units, unit]
  }

  remove(unit: Unit): void {
    this.#units = this.#units.filter((other) => other !== unit)
  }

  named(name: string): Unit | undefined {
    return this.#units.find((unit) => unit.name === name)
  }

  /** All units that hold an id, the one that counts first. */
  holders(id: Uint8Array): readonly Unit[] {
    return this.#units.filter((unit) => unit.stat(id) !== undefined).sort((a, b) => a.rank - b.rank)
  }

  /**
   * A unit for a new shard. Chance, weighted by free space, fills large and small units at the same pace without a plan that
   * has to be kept; undefined when none has room.
   */
  choose(bodyBytes: number, except: ReadonlySet<Unit>): Unit | undefined {
    const weighted = this.#units
      .filter((unit) => unit.accepts && !except.has(unit))
      .map((unit) => ({ unit, weight: weightOf(unit, bodyBytes) }))
      .filter(({ weight }) => weight > 0)
    let point = (this.#random.uint32() / 2 ** 32) * weighted.reduce((sum, { weight }) => sum + weight, 0)
    for (const { unit, weight } of weighted) {
      point -= weight
      if (point < 0) return unit
    }
    return weighted.at(-1)?.unit
  }
}

/** A unit that is all but full is still asked, last of all: only it knows whether the shard fits. */
function weightOf(unit: Unit, bodyBytes: number): number {
  const { freeBytes } = unit.usage()
  if (freeBytes < bodyBytes) return 0
  return Math.max(1, freeBytes - bodyBytes - overheadBytes) * (unit.isDoubtful ? doubtfulShare : 1)
}
