import type { ScrubReport } from '../scrub/scrub.ts'
import type { UnitReport } from '../store/units/unit.ts'
import type { UnitPlace } from '../store/units/unit-entry.ts'

export interface UnitRemoval {
  readonly abandon: boolean
  readonly out: boolean
}

/** What the operator of a node can ask of it, whether it runs or not. */
export interface NodeControl {
  /** The units of the node, in the order in which they were added. */
  units(): Promise<readonly UnitReport[]>
  /**
   * Takes a unit into use: a new one, one that was in use before, one that failed, or one that is being emptied.
   * @param place a directory by its absolute path, or a bucket
   * @param capacityBytes null: all there is
   * @throws StoreError, or RemoteError with the code of one: UNIT_EXISTS, UNIT_LIMIT, DIRECTORY_IN_USE, …
   */
  addUnit(place: UnitPlace, capacityBytes: number | null): Promise<UnitReport>
  /**
   * Begins to empty a unit into the others; once it is empty it is none any more. `abandon` has it forgotten at once,
   * together with what it holds; `out` has that moved to other nodes.
   * @throws UNIT_UNKNOWN, UNIT_LAST
   */
  removeUnit(name: string, options: UnitRemoval): Promise<void>
  /**
   * Changes what a unit may occupy; what is too much goes to the others.
   * @param capacityBytes null: all there is
   * @throws UNIT_UNKNOWN
   */
  resizeUnit(name: string, capacityBytes: number | null): Promise<UnitReport>
  /** Begins to move everything to other nodes, and takes nothing new; or ends that. */
  drain(isDraining: boolean): Promise<void>
  /** How far the scrub is, and what it found. */
  scrub(): Promise<ScrubReport>
  /** Has all shards read now, without waiting for the period. */
  hurryScrub(): Promise<ScrubReport>
}
