import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Memory, PutOptions, ShardLocation, ShardWrite, StoreUsage, UnitStore } from '../../ports/shard-store.ts'
import { type ByteRange, checkContent, checkId, checkRange, checkWrite, isExpired } from '../checked-write.ts'
import { StoreError } from '../store-error.ts'
import { Appender, type AppenderInit } from './appender.ts'
import { Compactor } from './compactor.ts'
import type { DirectoryLock, Disk } from './disk.ts'
import { LastRun } from './last-run.ts'
import type { Unsure } from './replay.ts'
import { SegmentCopier } from './segment-copier.ts'
import { SegmentFiles } from './segment-files.ts'
import type { Segments } from './segments.ts'
import { type Entry, isSamePlace, type ShardIndex } from './shard-index.ts'
import { ShardReader } from './shard-reader.ts'
import { ShardWriter } from './shard-writer.ts'
import type { Space } from './space.ts'
import { Tidier } from './tidier.ts'
import { Turns } from './turns.ts'
import { type UnitIdentity, unitTagOf } from './unit-identity.ts'
import { type VolatileShard, VolatileShards } from './volatile-shards.ts'

export interface SegmentStoreComponents {
  readonly disk: Disk
  readonly clock: Clock
  readonly logger: Logger
  readonly lock: DirectoryLock
  readonly identity: UnitIdentity
  readonly segments: Segments
  readonly index: ShardIndex
  readonly space: Space
}

/** A unit in use: the verbs of the store over index, files and writer. */
export class SegmentStore implements UnitStore {
  readonly #components: SegmentStoreComponents
  readonly #files: SegmentFiles
  readonly #volatileShards = new VolatileShards()
  readonly #turns = new Turns()
  readonly #reader: ShardReader
  readonly #tidier: Tidier
  readonly #appender: Appender
  readonly #writer: ShardWriter
  readonly #compactor: Compactor
  readonly #lastRun: LastRun
  #closing: Promise<void> | undefined

  constructor(components: SegmentStoreComponents, init: Omit<AppenderInit, 'tidy'>) {
    this.#components = components
    this.#files = new SegmentFiles(components.disk)
    this.#tidier = new Tidier(
      { ...components, files: this.#files },
      { tidied: () => this.#compactor.wake(), nudge: () => this.#appender.nudge() },
    )
    this.#appender = new Appender(components, { ...init, tidy: () => this.#tidier.tidy() })
    const unitTag = unitTagOf(components.identity)
    this.#reader = new ShardReader({ ...components, files: this.#files, unitTag })
    const writing = { ...components, appender: this.#appender, files: this.#files, turns: this.#turns, unitTag }
    const reading = { ...writing, reader: this.#reader }
    this.#writer = new ShardWriter({ ...reading, volatileShards: this.#volatileShards })
    this.#compactor = new Compactor({ ...writing, copier: new SegmentCopier(writing) }, init)
    this.#lastRun = new LastRun({ ...reading, writer: this.#writer }, () => {
      this.#tidier.affirmed()
      this.#appender.nudge()
    })
  }

  /**
   * Makes durable what was found and may not be, then seals what the last run left open. To be called once, before anything
   * else. On a full disk it resolves all the same, and goes on when there is room.
   * @throws StoreError STORE_FAILED
   */
  finishLastRun(unsure: readonly Unsure[], seal: () => Promise<void>): Promise<void> {
    return this.#lastRun.finish(unsure, seal)
  }

  get name(): string {
    return this.#components.identity.name
  }

  resize(capacityBytes: number): void {
    this.#components.space.resize(capacityBytes)
  }

  async put(write: ShardWrite, options: PutOptions = {}): Promise<ShardLocation> {
    checkWrite(write)
    this.#checkOpen()
    const { table } = checkContent(write, this.#nowMs())
    return this.#locationOf(await this.#writer.put(write, table, options))
  }

  get(id: Uint8Array, range?: ByteRange, memory?: Memory): Promise<Uint8Array | undefined> {
    return this.#readCurrent(id, (entry) => {
      const part = range ?? { offsetBytes: 0, lengthBytes: entry.lengthBytes }
      checkRange(part, entry.lengthBytes)
      const body = this.#volatile(entry)?.body
      return (
        body?.slice(part.offsetBytes, part.offsetBytes + part.lengthBytes) ?? this.#reader.range(entry, part, memory)
      )
    })
  }

  stat(id: Uint8Array): ShardLocation | undefined {
    checkId(id)
    this.#checkOpen()
    const entry = this.#entry(id)
    return entry && this.#locationOf(entry)
  }

  runOf(id: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#readCurrent(id, (entry) => this.#volatile(entry)?.runId.slice() ?? this.#reader.runId(entry))
  }

  async delete(id: Uint8Array): Promise<boolean> {
    checkId(id)
    this.#checkOpen()
    return this.#writer.delete(id)
  }

  ids(): IterableIterator<Uint8Array> {
    this.#checkOpen()
    return this.#ids()
  }

  usage(): StoreUsage {
    const { index, segments, space } = this.#components
    const nowMs = this.#nowMs()
    index.expire(nowMs)
    const plannedBytes = this.#appender.plannedBytes
    const freeBytes = space.freeBytes(plannedBytes)
    const { addedBytes, replacedBytes, addedCount } = this.#volatileShards.difference(index, nowMs)
    return {
      capacityBytes: space.capacityBytes,
      freeBytes,
      reservedBytes: space.headRoomBytes(plannedBytes) - freeBytes,
      liveBytes: index.liveBytes - replacedBytes + addedBytes,
      deadBytes: segments.fileBytes - index.liveBytes + replacedBytes,
      shardCount: index.size + addedCount,
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#tidier.stop()
    await this.#lastRun.stop()
    await this.#compactor.stop()
    await this.#appender.close()
    this.#files.close()
    await this.#components.lock.unlock()
  }

  *#ids(): IterableIterator<Uint8Array> {
    const { index } = this.#components
    const nowMs = this.#nowMs()
    index.expire(nowMs)
    for (const id of this.#volatileShards.ids()) if (index.get(id, nowMs) === undefined) yield id.slice()
    yield* index.ids()
  }

  #entry(id: Uint8Array): Entry | undefined {
    const nowMs = this.#nowMs()
    return this.#volatileShards.get(id, nowMs)?.entry ?? this.#components.index.get(id, nowMs)
  }

  #volatile(entry: Entry): VolatileShard | undefined {
    const shard = this.#volatileShards.get(entry.id, this.#nowMs())
    return shard?.entry === entry ? shard : undefined
  }

  /** Reads something of what an id holds; undefined when that is nothing. */
  async #readCurrent<T>(id: Uint8Array, read: (entry: Entry) => T | Promise<T>): Promise<T | undefined> {
    checkId(id)
    this.#checkOpen()
    for (;;) {
      const entry = this.#entry(id)
      if (entry === undefined) return undefined
      try {
        const found = await read(entry)
        return isExpired(entry.deleteAfterMs, this.#nowMs()) ? undefined : found
      } catch (error) {
        // It may have been replaced, deleted or unlinked meanwhile: then the answer is what holds now.
        if (isSamePlace(this.#entry(id), entry)) throw error
      }
    }
  }

  #locationOf(entry: Entry): ShardLocation {
    const { segment, offsetBytes, lengthBytes, checksum, deleteAfterMs } = entry
    const unit = this.#components.identity.name
    return { unit, segment: segment.number, offsetBytes, lengthBytes, checksum, deleteAfterMs }
  }

  #nowMs(): number {
    return this.#components.clock.nowMs()
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new StoreError('STORE_CLOSED', 'the store is closed')
  }
}
