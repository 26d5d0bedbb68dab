import {
  nodeDrain,
  scrubHurry,
  scrubShow,
  unitAdd,
  unitList,
  unitRemove,
  unitResize,
} from '../messages/control-messages.ts'
import type { Network } from '../network.ts'
import type { ScrubReport } from '../scrub/scrub.ts'
import type { UnitReport } from '../store/units/unit.ts'
import type { UnitPlace } from '../store/units/unit-entry.ts'
import type { NodeControl, UnitRemoval } from './node-control.ts'

/** Opening a unit reads what all its segments hold. */
const timeoutMs = 600_000

/** Control of a running node over the network. */
export class RemoteControl implements NodeControl {
  readonly #peerId: string
  readonly #network: Pick<Network, 'call'>

  constructor(peerId: string, network: Pick<Network, 'call'>) {
    this.#peerId = peerId
    this.#network = network
  }

  async units(): Promise<readonly UnitReport[]> {
    return (await this.#network.call(this.#peerId, unitList, {}, {})).head.units
  }

  async addUnit(place: UnitPlace, capacityBytes: number | null): Promise<UnitReport> {
    return (await this.#network.call(this.#peerId, unitAdd, { place, capacityBytes }, { timeoutMs })).head.unit
  }

  async removeUnit(name: string, { abandon, out }: UnitRemoval): Promise<void> {
    await this.#network.call(this.#peerId, unitRemove, { name, abandon, out }, {})
  }

  async resizeUnit(name: string, capacityBytes: number | null): Promise<UnitReport> {
    return (await this.#network.call(this.#peerId, unitResize, { name, capacityBytes }, {})).head.unit
  }

  async drain(isDraining: boolean): Promise<void> {
    await this.#network.call(this.#peerId, nodeDrain, { isDraining }, {})
  }

  async scrub(): Promise<ScrubReport> {
    return (await this.#network.call(this.#peerId, scrubShow, {}, {})).head
  }

  async hurryScrub(): Promise<ScrubReport> {
    return (await this.#network.call(this.#peerId, scrubHurry, {}, {})).head
  }
}
