/**
 * Shards over several units: puts choose a unit by free space and health, everything else asks all of them, which costs a look
 * into an index in memory each. Nothing is promised before what it relies on is remembered; see unit-memory.ts.
 */
import type { Logger } from '../../ports/logger.ts'
import type { Memory, PutOptions, ShardLocation, ShardWrite } from '../../ports/shard-store.ts'
import { type ByteRange, checkId, checkWrite } from '../checked-write.ts'
import type { Turns } from '../segment/turns.ts'
import { shardKey } from '../shard-key.ts'
import { StoreError } from '../store-error.ts'
import { isTrouble } from './move-shard.ts'
import { hasCode, type Unit } from './unit.ts'
import type { UnitMemory } from './unit-memory.ts'
import type { UnitSet } from './unit-set.ts'

export interface UnitShardsParts {
  readonly set: UnitSet
  readonly turns: Turns
  readonly memory: UnitMemory
  readonly logger: Logger
  /** Aborted with what operations fail with from then on. */
  readonly closing: AbortSignal
}

export class UnitShards {
  readonly #parts: UnitShardsParts

  constructor(parts: UnitShardsParts) {
    this.#parts = parts
  }

  async put(write: ShardWrite, options: PutOptions): Promise<ShardLocation> {
    checkWrite(write)
    return this.#inTurn(write.id, async () => {
      const location = await this.#put(write, options)
      await this.#parts.memory.upToDate()
      return location
    })
  }

  get(id: Uint8Array, range?: ByteRange, memory?: Memory): Promise<Uint8Array | undefined> {
    const isAsked = (): boolean => true
    return this.#read(id, isAsked, (unit) => unit.get(id, range, memory))
  }

  /** Of what only units hold that have failed nothing is said. */
  runOf(id: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#read(id, isWell, (unit) => unit.runOf(id))
  }

  /** Reads something of a shard in the unit whose copy counts, or in another one when that fails. */
  async #read<T>(
    id: Uint8Array,
    isAsked: (unit: Unit) => boolean,
    read: (unit: Unit) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    checkId(id)
    const { set, closing } = this.#parts
    closing.throwIfAborted()
    const failures = new Map<Unit, unknown>()
    const leftovers = new Set<Unit>()
    for (;;) {
      const holders = set.holders(id).filter((unit) => isAsked(unit) && !leftovers.has(unit))
      const unit = holders.find((holder) => !failures.has(holder))
      if (unit === undefined) {
        if (holders[0] === undefined) return undefined
        throw failures.get(holders[0])
      }
      try {
        if (await unit.isLeftover(id)) {
          leftovers.add(unit)
          continue
        }
        const found = await read(unit)
        // Undefined: it has moved, or gone, since we looked.
        if (found !== undefined) return found
      } catch (error) {
        if (!hasCode(error, 'SHARD_CORRUPT') && !isTrouble(error)) throw error
        closing.throwIfAborted()
        failures.set(unit, error)
      }
    }
  }

  stat(id: Uint8Array): ShardLocation | undefined {
    checkId(id)
    this.#parts.closing.throwIfAborted()
    return this.#parts.set.holders(id)[0]?.stat(id)
  }

  /** What a unit that has failed holds stays, and is back with it unless its run has been discarded. */
  async delete(id: Uint8Array): Promise<boolean> {
    checkId(id)
    const { set, memory } = this.#parts
    return this.#inTurn(id, async () => {
      let isDeleted = false
      // The copy that counts goes last: none that doesn't may come to the light.
      for (const unit of set.holders(id).filter(isWell).reverse()) isDeleted = (await unit.delete(id)) || isDeleted
      await memory.upToDate()
      return isDeleted
    })
  }

  ids(): IterableIterator<Uint8Array> {
    this.#parts.closing.throwIfAborted()
    return this.#ids()
  }

  *#ids(): IterableIterator<Uint8Array> {
    const { set } = this.#parts
    const { all } = set
    for (const unit of all) {
      for (const id of unit.ids()) if (all.length === 1 || set.holders(id)[0] === unit) yield id
    }
  }

  async #inTurn<T>(id: Uint8Array, run: () => Promise<T>): Promise<T> {
    this.#parts.closing.throwIfAborted()
    const release = await this.#parts.turns.take(shardKey(id))
    try {
      return await run()
    } finally {
      release()
    }
  }

  async #put(write: ShardWrite, options: PutOptions): Promise<ShardLocation> {
    const { set, closing } = this.#parts
    const tried = new Set<Unit>()
    let failure: unknown
    for (;;) {
      const holder = set.holders(write.id)[0]
      if (holder?.accepts === false && options.ifPresent !== 'replace') await assertFits(holder, write)
      const unit = holder?.accepts === true ? holder : set.choose(write.body.byteLength, tried)
      if (unit === undefined) throw failure ?? this.#full()
      try {
        const location = await unit.put(write, options)
        if (holder !== undefined && holder !== unit) await this.#discard(holder, write.id)
        return location
      } catch (error) {
        if (!isTrouble(error)) throw error
        closing.throwIfAborted()
        // While a unit is well, what it holds can only be replaced in place.
        if (unit === holder && unit.failure === undefined) throw error
        // The write may have reached the disk all the same, and must not come to the light one day.
        await this.#discard(unit, write.id)
        tried.add(unit)
        failure = error
      }
    }
  }

  /** Deletes a copy that does not count. A unit that can't has failed, and yields as long as it is behind. */
  async #discard(unit: Unit, id: Uint8Array): Promise<void> {
    if (unit.failure !== undefined) return
    await unit.delete(id).catch((error) => {
      if (!isTrouble(error)) throw error
      this.#parts.logger.warn({ unit: unit.name, error }, 'a copy that does not count could not be deleted')
    })
  }

  #full(): StoreError {
    const { all } = this.#parts.set
    const fenced = all.filter(({ failure }) => failure !== undefined).length
    const failed = fenced === 0 ? '' : `; ${fenced} of the ${all.length} units have failed`
    return new StoreError('STORE_FULL', `no unit has room for the shard${failed}`)
  }
}

/** @throws StoreError SHARD_CONFLICT when the unit holds something else under the id, and it can be read */
async function assertFits(holder: Unit, write: ShardWrite): Promise<void> {
  const location = holder.stat(write.id)
  const isSameBody = location?.checksum === write.checksum && location.lengthBytes === write.body.byteLength
  const runId = await holder.runOf(write.id).catch(() => undefined)
  if (runId === undefined || (isSameBody && Buffer.compare(runId, write.runId) === 0)) return
  const body = await holder.get(write.id).catch(() => undefined)
  if (body !== undefined) throw new StoreError('SHARD_CONFLICT', 'the id holds another shard')
}

function isWell({ failure }: Unit): boolean {
  return failure === undefined
}
