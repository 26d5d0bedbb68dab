import type { Scrub, ScrubReport } from '../scrub/scrub.ts'
import type { UnitReport } from '../store/units/unit.ts'
import type { UnitPlace } from '../store/units/unit-entry.ts'
import type { Units } from '../store/units/units.ts'
import type { NodeControl, UnitRemoval } from './node-control.ts'

/** Control of a node from within its process, or of one that does not run. */
export class LocalControl implements NodeControl {
  readonly #units: Units
  readonly #scrub: Scrub

  constructor({ units, scrub }: { readonly units: Units; readonly scrub: Scrub }) {
    this.#units = units
    this.#scrub = scrub
  }

  async units(): Promise<readonly UnitReport[]> {
    return this.#units.report()
  }

  addUnit(place: UnitPlace, capacityBytes: number | null): Promise<UnitReport> {
    return this.#units.add(place, { capacityBytes })
  }

  removeUnit(name: string, options: UnitRemoval): Promise<void> {
    return this.#units.remove(name, options)
  }

  resizeUnit(name: string, capacityBytes: number | null): Promise<UnitReport> {
    return this.#units.resize(name, capacityBytes)
  }

  drain(isDraining: boolean): Promise<void> {
    return this.#units.drain(isDraining)
  }

  async scrub(): Promise<ScrubReport> {
    return this.#scrub.report()
  }

  async hurryScrub(): Promise<ScrubReport> {
    this.#scrub.hurry()
    // Of a node that does not run it stands still.
    this.#scrub.start(() => {})
    return this.#scrub.report()
  }
}
