/**
 * Units that come, fail and come back. One that fails is fenced, and opened anew now and then; what other units got meanwhile
 * counts, so before it is used again its own copies of that go, and what was deleted meanwhile.
 */
import type { Timer } from '../../ports/clock.ts'
import type { Turns } from '../segment/turns.ts'
import { diskFailure } from '../store-error.ts'
import { dropCopies } from './drop-copies.ts'
import type { Emptier } from './emptier.ts'
import { Unit } from './unit.ts'
import type { UnitEntry } from './unit-entry.ts'
import type { UnitMemory } from './unit-memory.ts'
import type { UnitSet } from './unit-set.ts'
import type { UnitsComponents } from './units-components.ts'

export interface AttendanceParts extends Pick<UnitsComponents, 'clock' | 'logger' | 'open'> {
  readonly set: UnitSet
  readonly turns: Turns
  readonly memory: UnitMemory
  readonly emptier: Emptier
  readonly closing: AbortSignal
  /** Looks whether a unit is still there. */
  readonly suspect: (unit: Unit) => void
  /** Runs a change of the set of units, after those under way. */
  readonly change: (change: () => Promise<void>) => Promise<void>
}

/** After a failure a unit is opened anew; each time without success doubles the rest. */
const firstRetryMs = 15_000
const longestRetryMs = 3_600_000

export class Attendance {
  readonly #parts: AttendanceParts
  readonly #retries = new Map<Unit, Timer>()

  constructor(parts: AttendanceParts) {
    this.#parts = parts
  }

  /** A unit that is none of the node's yet, opened; it may have failed at that. */
  async come(entry: UnitEntry): Promise<Unit> {
    const { clock, logger, memory, suspect } = this.#parts
    const unit = new Unit(entry, {
      clock,
      failed: (failed, error) => {
        logger.error({ unit: failed.name, error }, 'a unit has failed; the node goes on without it')
        this.leaveBehind(failed)
        // What goes wrong here is told by whatever is promised next.
        void memory.save()
      },
      suspected: suspect,
      runs: memory.runs,
    })
    await this.#open(unit)
    return unit
  }

  /** From now on the node goes on without this unit. */
  leaveBehind(unit: Unit, retryMs = firstRetryMs): void {
    const { change, clock, logger } = this.#parts
    unit.entry = { ...unit.entry, away: true }
    this.#retries.get(unit)?.cancel()
    const again = async (): Promise<void> => {
      if (unit.failure === undefined) return
      await this.reopen(unit)
      if (unit.failure !== undefined) this.leaveBehind(unit, Math.min(2 * retryMs, longestRetryMs))
    }
    const tryAgain = (): void => {
      change(again).catch((error) => logger.warn({ unit: unit.name, error }, 'a unit is not back yet'))
    }
    this.#retries.set(unit, clock.setTimer(retryMs, tryAgain))
  }

  async reopen(unit: Unit): Promise<void> {
    this.#parts.emptier.stop(unit)
    await unit.detach()
    await this.#open(unit)
    if (unit.failure === undefined) await this.rejoin(unit)
  }

  /** Takes a unit that was opened into use, or goes on emptying it. */
  async rejoin(unit: Unit): Promise<void> {
    const { set, turns, memory, emptier, closing } = this.#parts
    await dropCopies(unit, { units: set, turns }, closing)
    if (unit.failure !== undefined || closing.aborted) return
    unit.entry = { ...unit.entry, away: false }
    await memory.save()
    emptier.start(unit)
  }

  /** The unit is none of the node's any more. */
  async leave(unit: Unit): Promise<void> {
    this.#parts.emptier.stop(unit)
    this.#retries.get(unit)?.cancel()
    this.#retries.delete(unit)
    this.#parts.set.remove(unit)
    await unit.detach()
  }

  stop(): void {
    for (const timer of this.#retries.values()) timer.cancel()
  }

  async #open(unit: Unit): Promise<void> {
    try {
      unit.attach(await this.#parts.open(unit.entry))
    } catch (error) {
      unit.refuse(diskFailure(`cannot open unit ${unit.name}`, error))
    }
  }
}
