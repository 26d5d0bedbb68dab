/**
 * What goes wrong in a run, and when. Whatever is only away for a while may happen to any number of machines at once. What is
 * lost for good is chosen so that every object keeps what its scheme needs: the ledger is asked first. All that a fault
 * breaks for a while it mends itself.
 */
import type { Dice } from '../dice.ts'
import type { FaultKind } from '../profile.ts'
import type { World } from '../world.ts'
import { MachineFaults } from './machine-faults.ts'
import { NetworkFaults } from './network-faults.ts'

export class Faults {
  readonly #world: World
  readonly #dice: Dice
  readonly #network: NetworkFaults
  readonly #machines: MachineFaults

  constructor(world: World) {
    this.#world = world
    this.#dice = world.dice('faults')
    this.#network = new NetworkFaults(world, this.#dice)
    this.#machines = new MachineFaults(world, this.#dice)
  }

  /** Ends when all that broke for a while has been mended. */
  async run(): Promise<void> {
    const { durationMs, faultGapMs, faults } = this.#world.profile
    const underWay: Promise<void>[] = []
    while (faults.length > 0 && this.#world.nowMs < durationMs) {
      await this.#world.sleep(this.#dice.integer(0, faultGapMs))
      underWay.push(this.#cause(this.#dice.pick(faults)))
    }
    await Promise.all(underWay)
  }

  #cause(kind: FaultKind): Promise<void> {
    switch (kind) {
      case 'crash':
        return this.#machines.crash()
      case 'power-cut':
        return this.#machines.powerCut()
      case 'full':
        return this.#machines.fill()
      case 'corrupt':
        return this.#machines.corrupt()
      case 'destroy':
        return this.#machines.destroy()
      case 'leave':
        return this.#machines.leave()
      case 'partition':
        return this.#network.partition()
      case 'cut-link':
        return this.#network.cutLink()
      case 'swizzle':
        return this.#network.swizzle()
      case 'drop':
        return this.#network.drop()
      case 'slow':
        return this.#network.slow()
    }
  }
}
