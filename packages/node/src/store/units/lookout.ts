/** Looks after units that say nothing: whether they are still in their places, and what their disks think of themselves. */
import type { Timer } from '../../ports/clock.ts'
import { diskFailure } from '../store-error.ts'
import type { Background } from './background.ts'
import type { Unit } from './unit.ts'
import type { UnitSet } from './unit-set.ts'
import type { UnitsComponents } from './units-components.ts'

export interface LookoutParts extends Pick<UnitsComponents, 'clock' | 'logger' | 'look' | 'askDisk'> {
  readonly set: UnitSet
  readonly background: Background
}

/** Between two looks whether the units are there. */
const lookIntervalMs = 10_000
/** Between two questions to a disk how it is. */
const verdictIntervalMs = 3_600_000

export class Lookout {
  readonly #parts: LookoutParts
  #nextLook: Timer | undefined
  #nextVerdict: Timer | undefined

  constructor(parts: LookoutParts) {
    this.#parts = parts
  }

  start(): void {
    this.#askDisks()
    this.#lookAround()
  }

  stop(): void {
    this.#nextVerdict?.cancel()
    this.#nextLook?.cancel()
  }

  lookAt(unit: Unit): void {
    const looked = this.#parts.look(unit.entry)
    this.#parts.background.add(looked.catch((error) => unit.lose(diskFailure(`unit ${unit.name}`, error))))
  }

  /** Again and again: a directory that has gone can still be written to through the files that are open. */
  #lookAround(): void {
    for (const unit of this.#parts.set.all) if (unit.failure === undefined) this.lookAt(unit)
    this.#nextLook = this.#parts.clock.setTimer(lookIntervalMs, () => this.#lookAround())
  }

  #askDisks(): void {
    const { askDisk, background, clock, logger, set } = this.#parts
    for (const unit of set.all) {
      const asked = askDisk(unit.entry).then((verdict) => {
        if (verdict === 'failing') logger.error({ unit: unit.name }, 'a disk expects its own end: remove its unit')
        unit.judge(verdict)
      })
      background.add(asked)
    }
    this.#nextVerdict = clock.setTimer(verdictIntervalMs, () => this.#askDisks())
  }
}
