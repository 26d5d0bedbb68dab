import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Background } from './background.ts'
import { emptyUnit } from './empty-unit.ts'
import type { MoveComponents } from './move-shard.ts'
import type { Unit } from './unit.ts'

export interface EmptierParts extends MoveComponents {
  readonly clock: Clock
  readonly logger: Logger
  readonly background: Background
  readonly closing: AbortSignal
  /** Called when enough of a unit has been moved; not when that was stopped. */
  readonly emptied: (unit: Unit, isStopped: () => boolean) => Promise<void>
}

/** Empties units in the background, as their entries say. */
export class Emptier {
  readonly #parts: EmptierParts
  readonly #stops = new Map<Unit, AbortController>()

  constructor(parts: EmptierParts) {
    this.#parts = parts
  }

  /** Begins anew with a unit, if anything is to be moved from it. */
  start(unit: Unit): void {
    const { clock, logger, background, closing, emptied, units, turns } = this.#parts
    const { moving } = unit.entry
    this.stop(unit)
    // What goes out to other nodes is not for the store to move; see drain/drain.ts.
    if (moving === null || moving === 'out' || closing.aborted) return
    const stop = new AbortController()
    this.#stops.set(unit, stop)
    const signal = AbortSignal.any([stop.signal, closing])
    const isEnough = (): boolean => moving === 'surplus' && fits(unit)
    const work = emptyUnit(unit, { clock, signal, isEnough, units, turns }).then((damagedShards) => {
      logger.info({ unit: unit.name, damagedShards }, 'a unit has been emptied')
      return emptied(unit, () => signal.aborted)
    })
    background.add(
      work.catch((error) => {
        if (!signal.aborted) logger.error({ unit: unit.name, error }, 'a unit could not be emptied')
      }),
    )
  }

  stop(unit: Unit): void {
    this.#stops.get(unit)?.abort()
    this.#stops.delete(unit)
  }
}

/** Whether what a unit holds is well within what it may occupy, its reserve included. */
export function fits(unit: Unit): boolean {
  const { liveBytes, capacityBytes } = unit.usage()
  return liveBytes <= capacityBytes * (7 / 8)
}
