/**
 * Several units as one store. A shard lies in one of them: unit-shards.ts chooses which.
 *
 * A unit that fails is fenced: nothing more is written to it, and that it was left behind is remembered on disk before
 * anything is promised that it does not know of. When it is back, what other units hold meanwhile counts, and its own copies
 * of that go, as does what it holds of runs that were discarded. So of two copies of an id it is always clear which one counts: that in the unit of the lower rank.
 */
import type { Memory, PutOptions, ShardLocation, ShardStore, ShardWrite, StoreUsage } from '../../ports/shard-store.ts'
import type { ByteRange } from '../checked-write.ts'
import type { RunMemory } from '../discarded-runs.ts'
import { Turns } from '../segment/turns.ts'
import { StoreError } from '../store-error.ts'
import { Attendance } from './attendance.ts'
import { Background } from './background.ts'
import { dropCopies } from './drop-copies.ts'
import { Emptier, fits } from './emptier.ts'
import { Lookout } from './lookout.ts'
import { nothingUsed, type Unit, type UnitReport } from './unit.ts'
import {
  checkPlace,
  describePlace,
  maximumUnits,
  newEntry,
  type RememberedUnits,
  type UnitPlace,
} from './unit-entry.ts'
import { UnitMemory } from './unit-memory.ts'
import { UnitSet } from './unit-set.ts'
import { UnitShards } from './unit-shards.ts'
import type { UnitsComponents } from './units-components.ts'

export interface AddOptions {
  /** Null: all there is. */
  readonly capacityBytes: number | null
}

/**
 * Opens all units; those that fail are fenced.
 * @throws StoreError when none can be opened
 */
export async function openUnits(remembered: RememberedUnits, components: UnitsComponents): Promise<Units> {
  const units = new Units(remembered, components)
  try {
    await units.start(remembered)
    return units
  } catch (error) {
    await units.close()
    throw error
  }
}

export class Units implements ShardStore, RunMemory {
  readonly #components: UnitsComponents
  readonly #set: UnitSet
  readonly #turns = new Turns()
  readonly #memory: UnitMemory
  readonly #shards: UnitShards
  readonly #emptier: Emptier
  readonly #attendance: Attendance
  readonly #lookout: Lookout
  readonly #background = new Background()
  readonly #closing = new AbortController()
  #departing = (): void => {}
  #lastChange: Promise<unknown> = Promise.resolve()
  #closed: Promise<void> | undefined

  constructor(remembered: Omit<RememberedUnits, 'units'>, components: UnitsComponents) {
    const set = new UnitSet(components.random)
    const memory = new UnitMemory(set, remembered, components.save)
    const shared = { set, turns: this.#turns, memory, background: this.#background, closing: this.#closing.signal }
    this.#components = components
    this.#set = set
    this.#memory = memory
    this.#shards = new UnitShards({ ...shared, logger: components.logger })
    this.#lookout = new Lookout({ ...components, ...shared })
    this.#emptier = new Emptier({
      ...components,
      ...shared,
      units: set,
      emptied: (unit, isStopped) => this.#change(async () => (isStopped() ? undefined : this.#emptied(unit))),
    })
    this.#attendance = new Attendance({
      ...components,
      ...shared,
      emptier: this.#emptier,
      suspect: (unit) => this.#lookout.lookAt(unit),
      change: (change) => this.#change(change),
    })
  }

  /** To be called once, before anything else. @throws StoreError when no unit can be opened */
  async start({ units }: Pick<RememberedUnits, 'units'>): Promise<void> {
    for (const entry of units) this.#set.add(await this.#attendance.come(entry))
    const { all } = this.#set
    const usable = all.filter(({ failure }) => failure === undefined)
    if (all[0]?.failure !== undefined && usable.length === 0) throw all[0].failure
    for (const unit of all) if (unit.failure !== undefined) this.#attendance.leaveBehind(unit)
    await this.#memory.save()
    for (const unit of usable) if (unit.rank > 0) await this.#attendance.rejoin(unit)
    this.#lookout.start()
  }

  report(): UnitReport[] {
    return this.#set.all.map((unit) => unit.report())
  }

  put(write: ShardWrite, options: PutOptions = {}): Promise<ShardLocation> {
    return this.#shards.put(write, options)
  }

  get(id: Uint8Array, range?: ByteRange, memory?: Memory): Promise<Uint8Array | undefined> {
    return this.#shards.get(id, range, memory)
  }

  stat(id: Uint8Array): ShardLocation | undefined {
    return this.#shards.stat(id)
  }

  runOf(id: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#shards.runOf(id)
  }

  delete(id: Uint8Array): Promise<boolean> {
    return this.#shards.delete(id)
  }

  /** Whatever a unit that is away holds of the run is deleted when it is back. */
  discard(runId: Uint8Array): Promise<void> {
    return this.#memory.discard(runId)
  }

  isDiscarded(runId: Uint8Array): boolean {
    return this.#memory.runs.isDiscarded(runId)
  }

  ids(): IterableIterator<Uint8Array> {
    return this.#shards.ids()
  }

  /** Sums over the units; `freeBytes` only over those that take shards. A shard just being moved is there twice. */
  usage(): StoreUsage {
    return this.#set.all.reduce((sum, unit) => {
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
   * being emptied, into other units or out.
   * @throws StoreError UNIT_EXISTS, UNIT_LIMIT; what opening it throws; RangeError when it can't be a place
   */
  async add(place: UnitPlace, { capacityBytes }: AddOptions): Promise<UnitReport> {
    checkPlace(place)
    return this.#change(async () => {
      const known = this.#set.all.find(({ entry }) => this.#components.isAt(entry, place))
      if (known !== undefined) {
        await this.#takeBack(known)
        return known.report()
      }
      if (this.#set.all.length >= maximumUnits) {
        throw new StoreError('UNIT_LIMIT', `a node has at most ${maximumUnits} units`)
      }
      const unit = await this.#attendance.come(
        newEntry(place, { capacityBytes, moving: this.isDraining ? 'out' : null }),
      )
      if (unit.failure !== undefined) throw unit.failure
      const namesake = this.#set.named(unit.name)
      if (namesake?.failure === undefined && namesake !== undefined) {
        await unit.detach()
        throw new StoreError('UNIT_EXISTS', `there is a unit ${unit.name} already`)
      }
      if (namesake !== undefined) await this.#attendance.leave(namesake)
      // What it holds may be from another time.
      unit.entry = { ...unit.entry, away: true }
      this.#set.add(unit)
      await this.#memory.save()
      await this.#attendance.rejoin(unit)
      return unit.report()
    })
  }

  /**
   * Has a unit emptied and, once it is empty, forgotten. Resolves as soon as that has begun.
   * @param options with `abandon` the unit is forgotten at once, together with what it holds; with `out` what it holds goes
   *   to other nodes, else to the other units of this one
   * @throws StoreError UNIT_UNKNOWN, UNIT_LAST
   */
  remove(name: string, options: { abandon: boolean; out?: boolean | undefined }): Promise<void> {
    return this.#change(async () => {
      const unit = this.#named(name)
      const others = this.#set.all.filter((other) => other !== unit)
      // Two that both move what they hold to the others would have nowhere to put it, and refuse every put.
      const isLeaving = ({ entry: { moving } }: Unit) => moving === 'all' || moving === 'out'
      const isLast = options.abandon ? others.length === 0 : others.every(isLeaving)
      if (isLast && !options.out) {
        throw new StoreError('UNIT_LAST', `no other unit stays: add one first, or move all of ${name} to other nodes`)
      }
      if (options.abandon) return this.#forget(unit)
      unit.entry = { ...unit.entry, moving: options.out ? 'out' : 'all' }
      await this.#memory.save()
      this.#emptier.start(unit)
      this.#departing()
    })
  }

  /** Whether the node as a whole is being emptied. */
  get isDraining(): boolean {
    return this.#memory.isDraining
  }

  /** Has everything go to other nodes, and keeps the units; or no more. */
  drain(isDraining: boolean): Promise<void> {
    return this.#change(async () => {
      this.#memory.isDraining = isDraining
      for (const unit of this.#set.all) {
        this.#emptier.stop(unit)
        unit.entry = { ...unit.entry, moving: isDraining ? 'out' : null }
        unit.hinder(undefined)
      }
      await this.#memory.save()
      this.#departing()
    })
  }

  /** @param tell called whenever there may be more to move to other nodes, or less */
  onDeparture(tell: () => void): void {
    this.#departing = tell
  }

  /** Shards that are to go to other nodes. */
  *departing(): IterableIterator<Uint8Array> {
    for (const unit of this.#set.all) {
      if (unit.state !== 'leaving') continue
      for (const id of unit.ids()) if (this.#set.holders(id)[0] === unit) yield id
    }
  }

  /** Says what keeps shards from going; undefined: nothing. */
  hinderDeparture(problem: string | undefined): void {
    for (const unit of this.#set.all) if (unit.state === 'leaving') unit.hinder(problem)
  }

  /** Forgets units that were to be removed, and from which all has gone to other nodes. */
  departed(): Promise<void> {
    return this.#change(async () => {
      for (const unit of this.#set.all) {
        if (unit.state !== 'leaving') continue
        await dropCopies(unit, { units: this.#set, turns: this.#turns }, this.#closing.signal)
        if (!this.isDraining && unit.usage().shardCount === 0) await this.#forget(unit)
      }
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
      const newBytes = await this.#components.capacityOf({ ...unit.entry, capacityBytes })
      unit.entry = { ...unit.entry, capacityBytes }
      unit.resize(newBytes)
      const isAlone = this.#set.all.length === 1
      if (!fits(unit) && !isAlone && unit.entry.moving === null) unit.entry = { ...unit.entry, moving: 'surplus' }
      await this.#memory.save()
      this.#emptier.start(unit)
      return unit.report()
    })
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#closing.abort(new StoreError('STORE_CLOSED', 'the store is closed'))
    this.#lookout.stop()
    this.#attendance.stop()
    await this.#lastChange
    await this.#background.settled()
    await Promise.all(this.#set.all.map((unit) => unit.detach()))
    await this.#memory.quiet()
    await this.#components.release()
  }

  async #takeBack(unit: Unit): Promise<void> {
    const { moving } = unit.entry
    if (moving === null && unit.failure === undefined) {
      throw new StoreError('UNIT_EXISTS', `${describePlace(unit.entry.place)} is unit ${unit.name} already`)
    }
    if (unit.failure !== undefined) await this.#attendance.reopen(unit)
    if (unit.failure !== undefined) throw unit.failure
    if (moving !== 'all' && (moving !== 'out' || this.isDraining)) return
    this.#emptier.stop(unit)
    await this.#stay(unit)
    unit.hinder(undefined)
  }

  async #emptied(unit: Unit): Promise<void> {
    if (unit.entry.moving === 'all') await this.#forget(unit)
    else await this.#stay(unit)
  }

  /** Nothing is to be moved from the unit any more. */
  async #stay(unit: Unit): Promise<void> {
    await dropCopies(unit, { units: this.#set, turns: this.#turns }, this.#closing.signal)
    unit.entry = { ...unit.entry, moving: null }
    await this.#memory.save()
  }

  async #forget(unit: Unit): Promise<void> {
    await this.#attendance.leave(unit)
    await this.#memory.save()
  }

  #named(name: string): Unit {
    const unit = this.#set.named(name)
    if (unit === undefined) throw new StoreError('UNIT_UNKNOWN', `there is no unit ${name}`)
    return unit
  }

  /** Changes of the set of units happen one after the other. */
  #change<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#lastChange.then(() => {
      this.#closing.signal.throwIfAborted()
      return change()
    })
    this.#lastChange = result.catch(() => {})
    return result
  }
}
