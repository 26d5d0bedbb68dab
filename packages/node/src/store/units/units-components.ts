import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import type { UnitStore } from '../../ports/shard-store.ts'
import type { DiskVerdict } from './disk-verdict.ts'
import type { RememberedUnits, UnitEntry, UnitPlace } from './unit-entry.ts'

/** What a store over several units needs of the node's home. */
export interface UnitsComponents {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /**
   * Opens the store of a unit; one without a name is made when it is not there.
   * @throws StoreError
   */
  readonly open: (entry: UnitEntry) => Promise<UnitStore>
  /** Whether the unit is in that place, however either is named. */
  readonly isAt: (entry: UnitEntry, place: UnitPlace) => boolean
  /** What a unit may occupy, in bytes. */
  readonly capacityOf: (entry: UnitEntry) => Promise<number>
  /** Remembers the units, durably. */
  readonly save: (remembered: RememberedUnits) => Promise<void>
  /** Looks whether a unit is still in its place. @throws StoreError */
  readonly look: (entry: UnitEntry) => Promise<void>
  /** What the disk of a unit says of itself. */
  readonly askDisk: (entry: UnitEntry) => Promise<DiskVerdict>
  /** Called when all is closed. */
  readonly release: () => Promise<void>
}
