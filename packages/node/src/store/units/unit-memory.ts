import { DiscardedRuns } from '../discarded-runs.ts'
import { diskFailure } from '../store-error.ts'
import type { RememberedUnits } from './unit-entry.ts'
import type { UnitSet } from './unit-set.ts'
import type { UnitsComponents } from './units-components.ts'

/** What a node remembers of its units, on disk. Whatever is promised waits for it. */
export class UnitMemory {
  /** Encode runs that were deleted lately. */
  readonly runs: DiscardedRuns
  /** Whether the node as a whole is being emptied. */
  isDraining: boolean
  readonly #set: UnitSet
  readonly #write: UnitsComponents['save']
  #saved: Promise<void> = Promise.resolve()

  constructor(
    set: UnitSet,
    { discardedRuns, isDraining }: Omit<RememberedUnits, 'units'>,
    write: UnitsComponents['save'],
  ) {
    this.#set = set
    this.runs = new DiscardedRuns(discardedRuns)
    this.isDraining = isDraining
    this.#write = write
  }

  /** Writes down how the units are now. @throws StoreError STORE_FAILED, STORE_FULL */
  save(): Promise<void> {
    const save = async (): Promise<void> => {
      try {
        await this.#write(this.#remembered())
      } catch (error) {
        throw diskFailure('cannot remember the units', error)
      }
    }
    this.#saved = this.#saved.then(save, save)
    this.#saved.catch(() => {})
    return this.#saved
  }

  /** Resolves when the state of all units is on disk. @throws like {@link save} */
  async upToDate(): Promise<void> {
    await this.#saved.catch(() => this.save())
  }

  /** Resolves when nothing is being written any more. */
  async quiet(): Promise<void> {
    await this.#saved.catch(() => {})
  }

  /** See RunMemory. */
  async discard(runId: Uint8Array): Promise<void> {
    const isNew = !this.runs.isDiscarded(runId)
    this.runs.add(runId)
    if (isNew && this.#isAnyAway) void this.save()
    await this.upToDate()
  }

  /** A unit that is there has had its shards deleted when the deletion was acknowledged; only one that is away has not. */
  #remembered(): RememberedUnits {
    const discardedRuns = this.#isAnyAway ? this.runs.all : []
    return { units: this.#set.all.map(({ entry }) => entry), discardedRuns, isDraining: this.isDraining }
  }

  get #isAnyAway(): boolean {
    return this.#set.all.some(({ entry }) => entry.away)
  }
}
