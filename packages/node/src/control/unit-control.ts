import type { UnitReport } from '../store/units/unit.ts'
import type { UnitPlace } from '../store/units/unit-entry.ts'
import type { Units } from '../store/units/units.ts'
import type { NodeControl } from './node-control.ts'

/** Control of a node from within its process, or of one that does not run. */
export class UnitControl implements NodeControl {
  readonly #units: Units

  constructor(units: Units) {
    this.#units = units
  }

  async units(): Promise<readonly UnitReport[]> {
    return this.#units.report()
  }

  addUnit(place: UnitPlace, capacityBytes: number | null): Promise<UnitReport> {
    return this.#units.add(place, { capacityBytes })
  }

  removeUnit(name: string, options: { readonly abandon: boolean }): Promise<void> {
    return this.#units.remove(name, options)
  }

  resizeUnit(name: string, capacityBytes: number | null): Promise<UnitReport> {
    return this.#units.resize(name, capacityBytes)
  }
}
