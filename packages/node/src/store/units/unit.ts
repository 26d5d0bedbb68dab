import type { Clock } from '../../ports/clock.ts'
import type { Memory, PutOptions, ShardLocation, ShardWrite, StoreUsage, UnitStore } from '../../ports/shard-store.ts'
import type { ByteRange } from '../checked-write.ts'
import type { DiscardedRuns } from '../discarded-runs.ts'
import { StoreError } from '../store-error.ts'
import type { DiskVerdict } from './disk-verdict.ts'
import { describePlace, maximumTextLength, type UnitEntry } from './unit-entry.ts'
import { type HealthReport, UnitHealth } from './unit-health.ts'

/**
 * After so many reads in a row that its disk refused, a unit is taken for lost: single bad sectors don't come in such
 * rows.
 */
const readsUntilFenced = 8

export const nothingUsed: StoreUsage = {
  capacityBytes: 0,
  freeBytes: 0,
  reservedBytes: 0,
  liveBytes: 0,
  deadBytes: 0,
  shardCount: 0,
}

/**
 * - `active`: in use.
 * - `moving`: what it holds, or a part of it, goes to other units; it takes nothing new.
 * - `leaving`: what it holds goes to other nodes; it takes nothing new.
 * - `rejoining`: it was away and is being compared with what other units got meanwhile; it takes nothing new.
 * - `failed`: fenced. Reads are still tried where that makes sense, nothing is written, and it is opened anew now and then.
 */
export type UnitState = 'active' | 'moving' | 'leaving' | 'rejoining' | 'failed'

export interface UnitReport extends StoreUsage {
  readonly name: string
  readonly place: string
  readonly state: UnitState
  /** Why it is not active, or can't be emptied. */
  readonly problem: string | null
  readonly health: HealthReport
}

export interface UnitComponents {
  readonly clock: Clock
  /** Called once when the unit fails while it is in use. */
  readonly failed: (unit: Unit, cause: StoreError) => void
  /** Called when its disk has refused a read: the unit may be gone. */
  readonly suspected: (unit: Unit) => void
  /** Encode runs that were deleted lately. */
  readonly runs: Pick<DiscardedRuns, 'size' | 'isDiscarded'>
}

/** One unit as the node uses it: what is remembered of it, its store while that is open, and how it has been doing. */
export class Unit {
  entry: UnitEntry
  readonly #components: UnitComponents
  #health = new UnitHealth()
  #store: UnitStore | undefined
  #failure: StoreError | undefined
  #problem: string | undefined
  readonly #writes = new Set<Promise<unknown>>()

  constructor(entry: UnitEntry, components: UnitComponents) {
    this.entry = entry
    this.#components = components
  }

  get name(): string {
    return this.entry.name ?? describePlace(this.entry.place)
  }

  get state(): UnitState {
    if (this.#failure !== undefined) return 'failed'
    if (this.entry.away) return 'rejoining'
    if (this.entry.moving === 'out') return 'leaving'
    return this.entry.moving === null ? 'active' : 'moving'
  }

  get failure(): StoreError | undefined {
    return this.#failure
  }

  /** Whether new shards may go here. */
  get accepts(): boolean {
    return this.state === 'active'
  }

  /** Of two units that hold an id, what the one with the lower rank holds counts. */
  get rank(): number {
    return (this.entry.moving === null ? 0 : 1) + (this.entry.away ? 2 : 0)
  }

  /** Whether it may be about to fail. */
  get isDoubtful(): boolean {
    return this.#health.isDoubtful
  }

  attach(store: UnitStore): void {
    this.#store = store
    this.#failure = undefined
    this.#health = new UnitHealth()
    this.entry = { ...this.entry, name: store.name }
  }

  /** Closes the store, whatever state its disk is in. */
  async detach(): Promise<void> {
    const store = this.#store
    this.#store = undefined
    await store?.close().catch(() => {})
  }

  /** The unit could not be opened. */
  refuse(cause: StoreError): void {
    this.#failure = cause
  }

  /** The unit is not where it was any more. */
  lose(cause: StoreError): void {
    if (this.#store !== undefined) this.#failWith(this.#store, cause)
  }

  /** Tells what its disk says of itself. */
  judge(verdict: DiskVerdict): void {
    this.#health.disk = verdict
  }

  /** Says what keeps it from being emptied; undefined: nothing. */
  hinder(problem: string | undefined): void {
    this.#problem = problem
  }

  resize(capacityBytes: number): void {
    this.#store?.resize(capacityBytes)
  }

  stat(id: Uint8Array): ShardLocation | undefined {
    return this.#store?.stat(id)
  }

  /** Whether what the unit holds of a run was deleted while it was away. */
  hasLeftoversOf(runId: Uint8Array): boolean {
    return this.entry.away && this.#components.runs.isDiscarded(runId)
  }

  /**
   * The same for what it holds under an id.
   * @throws StoreError when that can't be read
   */
  async isLeftover(id: Uint8Array): Promise<boolean> {
    if (!this.entry.away || this.#components.runs.size === 0) return false
    const runId = await this.runOf(id)
    return runId !== undefined && this.hasLeftoversOf(runId)
  }

  ids(): IterableIterator<Uint8Array> {
    return this.#store?.ids() ?? [].values()
  }

  usage(): StoreUsage {
    return this.#store?.usage() ?? nothingUsed
  }

  report(): UnitReport {
    const usage = this.usage()
    const problem = (this.#failure?.message ?? this.#problem)?.slice(0, maximumTextLength) ?? null
    const health = this.#health.report(usage.liveBytes, this.#components.clock.monotonicMs())
    const freeBytes = this.accepts ? usage.freeBytes : 0
    return {
      name: this.name,
      place: describePlace(this.entry.place),
      state: this.state,
      problem,
      ...usage,
      freeBytes,
      health,
    }
  }

  /** Resolves when the writes that are under way have come to an end. */
  async quiet(): Promise<void> {
    await Promise.allSettled(this.#writes)
  }

  put(write: ShardWrite, options: PutOptions): Promise<ShardLocation> {
    return this.#write(options.durability !== 'memory', (store) => store.put(write, options))
  }

  delete(id: Uint8Array): Promise<boolean> {
    return this.#write(false, (store) => store.delete(id))
  }

  get(id: Uint8Array, range?: ByteRange, memory?: Memory): Promise<Uint8Array | undefined> {
    return this.#read((store) => store.get(id, range, memory))
  }

  runOf(id: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#read((store) => store.runOf(id))
  }

  async #read<T>(run: (store: UnitStore) => Promise<T>): Promise<T> {
    const { clock } = this.#components
    const startMs = clock.monotonicMs()
    const store = this.#opened()
    try {
      const found = await run(store)
      this.#health.read(clock.monotonicMs() - startMs)
      return found
    } catch (error) {
      if (hasCode(error, 'SHARD_CORRUPT')) this.#health.readDamaged()
      if (!hasCode(error, 'STORE_FAILED')) throw error
      this.#health.readFailed()
      if (this.#health.failedReadsInRow >= readsUntilFenced) this.#failWith(store, error)
      else this.#components.suspected(this)
      throw error
    }
  }

  async #write<T>(isMeasured: boolean, run: (store: UnitStore) => Promise<T>): Promise<T> {
    const { clock } = this.#components
    const startMs = clock.monotonicMs()
    const store = this.#opened()
    const writing = run(store)
    this.#writes.add(writing)
    try {
      const result = await writing
      if (isMeasured) this.#health.wrote(clock.monotonicMs() - startMs)
      return result
    } catch (error) {
      if (!hasCode(error, 'STORE_FAILED')) throw error
      this.#health.writeFailed()
      this.#failWith(store, error)
      throw error
    } finally {
      this.#writes.delete(writing)
    }
  }

  /** What a store says that has been opened anew meanwhile is no news. */
  #failWith(store: UnitStore, cause: StoreError): void {
    if (this.#store !== store || this.#failure !== undefined) return
    this.#failure = cause
    this.#components.failed(this, cause)
  }

  #opened(): UnitStore {
    if (this.#store !== undefined) return this.#store
    throw new StoreError('STORE_FAILED', `unit ${this.name} can't be used`, { cause: this.#failure })
  }
}

export function hasCode(error: unknown, code: StoreError['code']): error is StoreError {
  return error instanceof StoreError && error.code === code
}
