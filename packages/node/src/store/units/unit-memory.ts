import { diskFailure } from '../store-error.ts'
import type { UnitSet } from './unit-set.ts'
import type { UnitsComponents } from './units-components.ts'

/** What a node remembers of its units, on disk. Whatever is promised waits for it. */
export class UnitMemory {
  readonly #set: UnitSet
  readonly #write: UnitsComponents['save']
  #saved: Promise<void> = Promise.resolve()

  constructor(set: UnitSet, write: UnitsComponents['save']) {
    this.#set = set
    this.#write = write
  }

  /** Writes down how the units are now. @throws StoreError STORE_FAILED, STORE_FULL */
  save(): Promise<void> {
    const save = async (): Promise<void> => {
      try {
        await this.#write(this.#set.all.map(({ entry }) => entry))
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
}
