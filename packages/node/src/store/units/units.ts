/**
 * Several units as one store. A shard lies in one of them; puts choose one by free space and health, everything else asks all
 * of them, which costs a look into an index in memory each.
 *
 * A unit that fails is fenced: nothing more is written to it, and that it was left behind is remembered on disk before
 * anything is promised that it does not know of. When it is back, what other units hold meanwhile counts, and its own copies
 * of that go. So of two copies of an id it is always clear which one counts: that in the unit of the lower rank.
 */
import type { Clock, Timer } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import type {
  PutOptions,
  ShardLocation,
  ShardStatus,
  ShardStore,
  ShardWrite,
  StoreUsage,
  UnitStore,
} from '../../ports/shard-store.ts'
import { type ByteRange, checkId, checkWrite } from '../checked-write.ts'
import { Turns } from '../segment/turns.ts'
import { shardKey } from '../shard-key.ts'
import { diskFailure, StoreError } from '../store-error.ts'
import type { DiskVerdict } from './disk-verdict.ts'
import { emptyUnit, idsOf } from './empty-unit.ts'
import { isTrouble, moveShard } from './move-shard.ts'
import { hasCode, nothingUsed, Unit, type UnitReport } from './unit.ts'
import {
  checkPlace,
  describePlace,
  isSamePlace,
  maximumUnits,
  newEntry,
  type UnitEntry,
  type UnitPlace,
} from './unit-entry.ts'
import { UnitSet } from './unit-set.ts'

export interface UnitsComponents {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /**
   * Opens the store of a unit; one without a name is made when it is not there.
   * @throws StoreError
   */
  readonly open: (entry: UnitEntry) => Promise<UnitStore>
  /** What a unit may occupy, in bytes. */
  readonly capacityOf: (entry: UnitEntry) => Promise<number>
  /** Remembers the units, durably. */
  readonly save: (entries: readonly UnitEntry[]) => Promise<void>
  /** Looks whether a unit is still in its place. @throws StoreError */
  readonly look: (entry: UnitEntry) => Promise<void>
  /** What the disk of a unit says of itself. */
  readonly askDisk: (entry: UnitEntry) => Promise<DiskVerdict>
  /** Called when all is closed. */
  readonly release: () => Promise<void>
}

export interface AddOptions {
  /** Null: all there is. */
  readonly capacityBytes: number | null
}

/** After a failure a unit is opened anew; each time without success doubles the rest. */
const firstRetryMs = 15_000
const longestRetryMs = 3_600_000
/** Between two looks whether the units are there. */
const lookIntervalMs = 10_000
/** Between two questions to a disk how it is. */
const verdictIntervalMs = 3_600_000

/**
 * Opens all units; those that fail are fenced.
 * @throws StoreError when none can be opened
 */
export async function openUnits(entries: readonly UnitEntry[], components: UnitsComponents): Promise<Units> {
  const units = new Units(components)
  try {
    await units.start(entries)
    return units
  } catch (error) {
    await units.close()
    throw error
  }
}

export class Units implements ShardStore {
  readonly #components: UnitsComponents
  readonly #units: UnitSet
  readonly #turns = new Turns()
  readonly #closing = new AbortController()
  readonly #retries = new Map<Unit, Timer>()
  /** Units being emptied. */
  readonly #emptying = new Map<Unit, AbortController>()
  readonly #background = new Set<Promise<void>>()
  /** The last change of what is remembered. Whatever is promised waits for it. */
  #saved: Promise<void> = Promise.resolve()
  #lastChange: Promise<unknown> = Promise.resolve()
  #closed: Promise<void> | undefined
  #nextVerdict: Timer | undefined
  #nextLook: Timer | undefined

  constructor(components: UnitsComponents) {
    this.#components = components
    this.#units = new UnitSet(components.random)
  }

  /** To be called once, before anything else. @throws StoreError when no unit can be opened */
  async start(entries: readonly UnitEntry[]): Promise<void> {
    for (const entry of entries) {
      const unit = this.#newUnit(entry)
      this.#units.add(unit)
      await this.#open(unit)
    }
    const { all } = this.#units
    const usable = all.filter(({ failure }) => failure === undefined)
    if (usable.length === 0) throw all[0]?.failure ?? new StoreError('STORE_FAILED', 'the node has no unit')
    for (const unit of all) if (unit.failure !== undefined) this.#leaveBehind(unit)
    await this.#save()
    for (const unit of usable) if (unit.rank > 0) await this.#rejoin(unit)
    this.#askDisks()
    this.#lookAround()
  }

  report(): UnitReport[] {
    return this.#units.all.map((unit) => unit.report())
  }

  async put(write: ShardWrite, options: PutOptions = {}): Promise<ShardLocation> {
    checkWrite(write)
    this.#checkOpen()
    const release = await this.#turns.take(shardKey(write.id))
    try {
      const location = await this.#put(write, options)
      await this.#remembered()
      return location
    } finally {
      release()
    }
  }

  async get(id: Uint8Array, range?: ByteRange): Promise<Uint8Array | undefined> {
    checkId(id)
    this.#checkOpen()
    const failures = new Map<Unit, unknown>()
    for (;;) {
      const holders = this.#units.holders(id)
      const unit = holders.find((holder) => !failures.has(holder))
      if (unit === undefined) {
        if (holders[0] === undefined) return undefined
        throw failures.get(holders[0])
      }
      try {
        const body = await unit.get(id, range)
        // Undefined: it has moved, or gone, since we looked.
        if (body !== undefined) return body
      } catch (error) {
        if (!hasCode(error, 'SHARD_CORRUPT') && !isTrouble(error)) throw error
        this.#checkOpen()
        failures.set(unit, error)
      }
    }
  }

  stat(id: Uint8Array): ShardStatus | undefined {
    checkId(id)
    this.#checkOpen()
    return this.#units.holders(id)[0]?.stat(id)
  }

  async delete(id: Uint8Array): Promise<boolean> {
    checkId(id)
    this.#checkOpen()
    const release = await this.#turns.take(shardKey(id))
    try {
      let isDeleted = false
      // The copy that counts goes last: none that doesn't may come to the light.
      for (const unit of [...this.#units.holders(id)].reverse()) isDeleted = (await unit.delete(id)) || isDeleted
      await this.#remembered()
      return isDeleted
    } finally {
      release()
    }
  }

  ids(): IterableIterator<Uint8Array> {
    this.#checkOpen()
    return this.#ids()
  }

  /** Sums over the units; `freeBytes` only over those that take shards. A shard just being moved is there twice. */
  usage(): StoreUsage {
    return this.#units.all.reduce((sum, unit) => {
      const usage = unit.usage()
      return {
        capacityBytes: sum.capacityBytes + usage.capacityBytes,
        freeBytes: sum.freeBytes + (unit.accepts ? usage.freeBytes : 0),
        reservedBytes: sum.reservedBytes + usage.reservedBytes,
        liveBytes: sum.liveBytes + usage.liveBytes,
        deadBytes: sum.deadBytes + usage.deadBytes,
        shardCount: sum.shardCount + usage.shardCount,
      }
    }, nothingUsed)
  }

  /**
   * Takes a unit into use: a new one, one that was in use before, one that failed (also from a new place), or one that is
   * being emptied.
   * @throws StoreError UNIT_EXISTS, UNIT_LIMIT; what opening it throws; RangeError when it can't be a place
   */
  async add(place: UnitPlace, { capacityBytes }: AddOptions): Promise<UnitReport> {
    checkPlace(place)
    return this.#change(async () => {
      const known = this.#units.all.find(({ entry }) => isSamePlace(entry.place, place))
      if (known !== undefined) {
        await this.#takeBack(known)
        return known.report()
      }
      if (this.#units.all.length >= maximumUnits) {
        throw new StoreError('UNIT_LIMIT', `a node has at most ${maximumUnits} units`)
      }
      const unit = this.#newUnit(newEntry(place, { capacityBytes }))
      await this.#open(unit)
      if (unit.failure !== undefined) throw unit.failure
      const namesake = this.#units.named(unit.name)
      if (namesake?.failure === undefined && namesake !== undefined) {
        await unit.detach()
        throw new StoreError('UNIT_EXISTS', `there is a unit ${unit.name} already`)
      }
      if (namesake !== undefined) await this.#drop(namesake)
      // What it holds may be from another time.
      unit.entry = { ...unit.entry, away: true }
      this.#units.add(unit)
      await this.#save()
      await this.#rejoin(unit)
      return unit.report()
    })
  }

  /**
   * Has a unit emptied and, once it is empty, forgotten. Resolves as soon as that has begun.
   * @param options with `abandon` the unit is forgotten at once, together with what it holds
   * @throws StoreError UNIT_UNKNOWN, UNIT_LAST
   */
  remove(name: string, options: { abandon: boolean }): Promise<void> {
    return this.#change(async () => {
      const unit = this.#named(name)
      if (this.#units.all.length === 1) {
        throw new StoreError('UNIT_LAST', `${name} is the only unit; add another one first`)
      }
      if (options.abandon) return this.#forget(unit)
      unit.entry = { ...unit.entry, moving: 'all' }
      await this.#save()
      this.#empty(unit)
    })
  }

  /**
   * Changes what a unit may occupy. What is too much goes to the other units.
   * @param capacityBytes null: all there is
   * @throws StoreError UNIT_UNKNOWN, STORE_FAILED
   */
  resize(name: string, capacityBytes: number | null): Promise<UnitReport> {
    return this.#change(async () => {
      const unit = this.#named(name)
      const entry = { ...unit.entry, capacityBytes }
      const newBytes = await this.#components.capacityOf(entry)
      unit.entry = entry
      unit.resize(newBytes)
      const isAlone = this.#units.all.length === 1
      if (!fits(unit) && !isAlone && entry.moving === null) unit.entry = { ...entry, moving: 'surplus' }
      await this.#save()
      this.#empty(unit)
      return unit.report()
    })
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#closing.abort(new StoreError('STORE_CLOSED', 'the store is closed'))
    this.#nextVerdict?.cancel()
    this.#nextLook?.cancel()
    for (const timer of this.#retries.values()) timer.cancel()
    await this.#lastChange
    await Promise.all(this.#background)
    await Promise.all(this.#units.all.map((unit) => unit.detach()))
    await this.#saved.catch(() => {})
    await this.#components.release()
  }

  async #put(write: ShardWrite, options: PutOptions): Promise<ShardLocation> {
    const tried = new Set<Unit>()
    let failure: unknown
    for (;;) {
      const holder = this.#units.holders(write.id)[0]
      if (holder?.accepts === false && options.ifPresent !== 'replace') await assertFits(holder, write)
      const unit = holder?.accepts === true ? holder : this.#units.choose(write.body.byteLength, tried)
      if (unit === undefined) throw failure ?? this.#full()
      try {
        const location = await unit.put(write, options)
        if (holder !== undefined && holder !== unit) await this.#discard(holder, write.id)
        return location
      } catch (error) {
        if (!isTrouble(error)) throw error
        this.#checkOpen()
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
      this.#components.logger.warn({ unit: unit.name, error }, 'a copy that does not count could not be deleted')
    })
  }

  #full(): StoreError {
    const fenced = this.#units.all.filter(({ failure }) => failure !== undefined).length
    const failed = fenced === 0 ? '' : `; ${fenced} of the ${this.#units.all.length} units have failed`
    return new StoreError('STORE_FULL', `no unit has room for the shard${failed}`)
  }

  *#ids(): IterableIterator<Uint8Array> {
    const { all } = this.#units
    for (const unit of all) {
      for (const id of unit.ids()) if (all.length === 1 || this.#units.holders(id)[0] === unit) yield id
    }
  }

  #newUnit(entry: UnitEntry): Unit {
    return new Unit(entry, {
      clock: this.#components.clock,
      failed: (failed, error) => {
        this.#components.logger.error({ unit: failed.name, error }, 'a unit has failed; the node goes on without it')
        this.#leaveBehind(failed)
        // What goes wrong here is told by whatever is promised next.
        void this.#save()
      },
      suspected: (unit) => this.#lookAt(unit),
    })
  }

  async #open(unit: Unit): Promise<void> {
    try {
      unit.attach(await this.#components.open(unit.entry))
    } catch (error) {
      unit.refuse(diskFailure(`cannot open unit ${unit.name}`, error))
    }
  }

  /** From now on the node goes on without this unit. */
  #leaveBehind(unit: Unit, retryMs = firstRetryMs): void {
    unit.entry = { ...unit.entry, away: true }
    this.#retries.get(unit)?.cancel()
    const again = (): void => {
      const change = this.#change(async () => {
        if (unit.failure === undefined) return
        await this.#reopen(unit)
        if (unit.failure !== undefined) this.#leaveBehind(unit, Math.min(2 * retryMs, longestRetryMs))
      })
      change.catch((error) => this.#components.logger.warn({ unit: unit.name, error }, 'a unit is not back yet'))
    }
    this.#retries.set(unit, this.#components.clock.setTimer(retryMs, again))
  }

  async #reopen(unit: Unit): Promise<void> {
    this.#emptying.get(unit)?.abort()
    await unit.detach()
    await this.#open(unit)
    if (unit.failure === undefined) await this.#rejoin(unit)
  }

  async #takeBack(unit: Unit): Promise<void> {
    const { moving } = unit.entry
    if (moving === null && unit.failure === undefined) {
      throw new StoreError('UNIT_EXISTS', `${describePlace(unit.entry.place)} is unit ${unit.name} already`)
    }
    if (unit.failure !== undefined) await this.#reopen(unit)
    if (unit.failure !== undefined) throw unit.failure
    if (moving !== 'all') return
    this.#emptying.get(unit)?.abort()
    await this.#dropCopies(unit)
    unit.entry = { ...unit.entry, moving: null }
    unit.hinder(undefined)
    await this.#save()
  }

  /** Takes a unit that was opened into use, or goes on emptying it. */
  async #rejoin(unit: Unit): Promise<void> {
    await this.#dropCopies(unit)
    if (unit.failure !== undefined || this.#closing.signal.aborted) return
    unit.entry = { ...unit.entry, away: false }
    await this.#save()
    this.#empty(unit)
  }

  /** Deletes from a unit what others hold. */
  async #dropCopies(unit: Unit): Promise<void> {
    const move = { units: this.#units, turns: this.#turns }
    for (const id of idsOf(unit)) {
      if (this.#closing.signal.aborted || unit.failure !== undefined) return
      if (this.#units.holders(id).length > 1) await moveShard(id, unit, move)
    }
  }

  /** Empties a unit in the background, as its entry says. */
  #empty(unit: Unit): void {
    const { moving } = unit.entry
    this.#emptying.get(unit)?.abort()
    if (moving === null || this.#closing.signal.aborted) return
    const stop = new AbortController()
    this.#emptying.set(unit, stop)
    const signal = AbortSignal.any([stop.signal, this.#closing.signal])
    const isEnough = (): boolean => moving === 'surplus' && fits(unit)
    const { clock, logger } = this.#components
    const done = emptyUnit(unit, { clock, signal, isEnough, units: this.#units, turns: this.#turns })
      .then((damagedShards) =>
        this.#change(() => (signal.aborted ? Promise.resolve() : this.#emptied(unit, damagedShards))),
      )
      .catch((error) => {
        if (!signal.aborted) logger.error({ unit: unit.name, error }, 'a unit could not be emptied')
      })
      .finally(() => this.#background.delete(done))
    this.#background.add(done)
  }

  async #emptied(unit: Unit, damagedShards: number): Promise<void> {
    this.#emptying.delete(unit)
    const { name } = unit
    this.#components.logger.info({ unit: name, damagedShards }, 'a unit has been emptied')
    if (unit.entry.moving === 'all') return this.#forget(unit)
    await this.#dropCopies(unit)
    unit.entry = { ...unit.entry, moving: null }
    await this.#save()
  }

  async #forget(unit: Unit): Promise<void> {
    await this.#drop(unit)
    await this.#save()
  }

  async #drop(unit: Unit): Promise<void> {
    this.#emptying.get(unit)?.abort()
    this.#retries.get(unit)?.cancel()
    this.#units.remove(unit)
    await unit.detach()
  }

  /**
   * Looks whether all units are where they were, now and again from time to time. A directory that has gone can still be written
   * to through the files that are open.
   */
  #lookAround(): void {
    for (const unit of this.#units.all) if (unit.failure === undefined) this.#lookAt(unit)
    this.#nextLook = this.#components.clock.setTimer(lookIntervalMs, () => this.#lookAround())
  }

  #lookAt(unit: Unit): void {
    const looked = this.#components
      .look(unit.entry)
      .catch((error) => unit.lose(diskFailure(`unit ${unit.name}`, error)))
    const done = looked.finally(() => this.#background.delete(done))
    this.#background.add(done)
  }

  /** Asks all disks how they are, now and again from time to time. */
  #askDisks(): void {
    const { askDisk, clock, logger } = this.#components
    for (const unit of this.#units.all) {
      const asked = askDisk(unit.entry).then((verdict) => {
        if (verdict === 'failing') logger.error({ unit: unit.name }, 'a disk expects its own end: remove its unit')
        unit.judge(verdict)
      })
      const done = asked.finally(() => this.#background.delete(done))
      this.#background.add(done)
    }
    this.#nextVerdict = clock.setTimer(verdictIntervalMs, () => this.#askDisks())
  }

  #named(name: string): Unit {
    const unit = this.#units.named(name)
    if (unit === undefined) throw new StoreError('UNIT_UNKNOWN', `there is no unit ${name}`)
    return unit
  }

  /** Changes of the set of units happen one after the other. */
  #change<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#lastChange.then(() => {
      this.#checkOpen()
      return change()
    })
    this.#lastChange = result.catch(() => {})
    return result
  }

  #save(): Promise<void> {
    const save = async (): Promise<void> => {
      try {
        await this.#components.save(this.#units.all.map(({ entry }) => entry))
      } catch (error) {
        throw diskFailure('cannot remember the units', error)
      }
    }
    this.#saved = this.#saved.then(save, save)
    this.#saved.catch(() => {})
    return this.#saved
  }

  /** Resolves when the state of all units is on disk. */
  async #remembered(): Promise<void> {
    await this.#saved.catch(() => this.#save())
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw new StoreError('STORE_CLOSED', 'the store is closed')
  }
}

/** Whether what a unit holds is well within what it may occupy, its reserve included. */
function fits(unit: Unit): boolean {
  const { liveBytes, capacityBytes } = unit.usage()
  return liveBytes <= capacityBytes * (7 / 8)
}

/** @throws StoreError SHARD_CONFLICT when the unit holds something else under the id, and it can be read */
async function assertFits(holder: Unit, write: ShardWrite): Promise<void> {
  const status = holder.stat(write.id)
  const isSame =
    status === undefined ||
    (status.checksum === write.checksum &&
      status.lengthBytes === write.body.byteLength &&
      Buffer.compare(status.runId, write.runId) === 0)
  if (isSame) return
  const body = await holder.get(write.id).catch(() => undefined)
  if (body !== undefined) throw new StoreError('SHARD_CONFLICT', 'the id holds another shard')
}
