/**
 * A unit in an external system. Each shard is one object, see shard-name.ts; which there are is known from an index in memory.
 * An object is the checksum table of the body, when that has more than one piece of 64 KiB, and the body, so that ranges can be
 * verified too.
 *
 * A request whose answer was lost may have been carried out. So whatever may be there and does not count is remembered as
 * *stray* until it has been deleted, and it goes before what counts does: nothing deleted or replaced can come back.
 */
import type { Clock, Timer } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { PutOptions, ShardLocation, ShardWrite, StoreUsage, UnitStore } from '../../ports/shard-store.ts'
import { type ByteRange, checkContent, checkId, checkWrite } from '../checked-write.ts'
import { Turns } from '../segment/turns.ts'
import { keyBytes, shardKey } from '../shard-key.ts'
import { StoreError } from '../store-error.ts'
import type { Bucket } from './bucket.ts'
import { type IndexEntry, ObjectIndex } from './object-index.ts'
import { objectBytes, readObject } from './read-object.ts'
import { formatShardName, type ShardName } from './shard-name.ts'
import { Strays } from './strays.ts'

export interface ExternalStoreComponents {
  readonly bucket: Bucket
  readonly clock: Clock
  readonly logger: Logger
}

export interface ExternalStoreInit {
  readonly name: string
  readonly capacityBytes: number
  /** Every shard once. */
  readonly shards: readonly ShardName[]
  readonly firstSequence: number
}

const sweepIntervalMs = 60_000

export class ExternalStore implements UnitStore {
  readonly name: string
  readonly #components: ExternalStoreComponents
  readonly #index = new ObjectIndex()
  readonly #strays: Strays
  readonly #turns = new Turns()
  #capacityBytes: number
  #plannedBytes = 0
  #nextSequence: number
  #sweepTimer: Timer | undefined
  #sweeping: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(components: ExternalStoreComponents, { name, capacityBytes, shards, firstSequence }: ExternalStoreInit) {
    this.#components = components
    this.#strays = new Strays(components.bucket)
    this.name = name
    this.#capacityBytes = capacityBytes
    this.#nextSequence = firstSequence
    for (const shard of shards) this.#index.set(shardKey(shard.id), shard)
    this.#sweepLater()
  }

  resize(capacityBytes: number): void {
    this.#capacityBytes = capacityBytes
  }

  async put(write: ShardWrite, options: PutOptions = {}): Promise<ShardLocation> {
    checkWrite(write)
    this.#checkOpen()
    const { table } = checkContent(write, this.#components.clock.nowMs())
    const key = shardKey(write.id)
    const release = await this.#turns.take(key)
    try {
      const old = this.#entry(key)
      if (old !== undefined && options.ifPresent !== 'replace' && !(await this.#isDamaged(old))) {
        if (!isSame(old.name, write)) throw new StoreError('SHARD_CONFLICT', 'the id holds another shard')
        return this.#locationOf(old.name)
      }
      return await this.#write(key, write, table)
    } finally {
      release()
    }
  }

  async get(id: Uint8Array, range?: ByteRange): Promise<Uint8Array | undefined> {
    checkId(id)
    this.#checkOpen()
    const key = shardKey(id)
    for (;;) {
      const entry = this.#entry(key)
      if (entry === undefined) return undefined
      try {
        const bytes = await readObject(this.#components.bucket, entry.name, range)
        return this.#entry(key) === undefined ? undefined : bytes
      } catch (error) {
        // It may have been replaced or deleted meanwhile: then the answer is what holds now.
        if (this.#entry(key) === entry) throw error
      }
    }
  }

  stat(id: Uint8Array): ShardLocation | undefined {
    checkId(id)
    this.#checkOpen()
    const entry = this.#entry(shardKey(id))
    return entry && this.#locationOf(entry.name)
  }

  async runOf(id: Uint8Array): Promise<Uint8Array | undefined> {
    checkId(id)
    this.#checkOpen()
    return this.#entry(shardKey(id))?.name.runId.slice()
  }

  async delete(id: Uint8Array): Promise<boolean> {
    checkId(id)
    this.#checkOpen()
    const key = shardKey(id)
    const release = await this.#turns.take(key)
    try {
      const entry = this.#entry(key)
      await this.#strays.remove(key)
      if (entry === undefined) return false
      await this.#components.bucket.remove(formatShardName(entry.name))
      this.#index.remove(entry)
      return true
    } finally {
      release()
    }
  }

  ids(): IterableIterator<Uint8Array> {
    this.#checkOpen()
    this.#expire()
    return this.#ids()
  }

  usage(): StoreUsage {
    this.#expire()
    const { liveBytes, size: shardCount } = this.#index
    const deadBytes = this.#strays.bytes
    return {
      capacityBytes: this.#capacityBytes,
      freeBytes: Math.max(0, this.#capacityBytes - liveBytes - this.#plannedBytes - deadBytes),
      reservedBytes: 0,
      liveBytes,
      deadBytes,
      shardCount,
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#sweepTimer?.cancel()
    await this.#sweeping
  }

  /** The new object first, then the old one goes: never is there none. */
  async #write(key: string, write: ShardWrite, table: Uint8Array): Promise<ShardLocation> {
    const { bucket, logger } = this.#components
    const { id, runId, checksum, deleteAfterMs, body } = write
    const lengthBytes = body.byteLength
    const sequence = this.#nextSequence++
    const name = { id: id.slice(), runId: runId.slice(), sequence, lengthBytes, checksum, deleteAfterMs }
    const bytes = objectBytes(name)
    if (bytes > this.usage().freeBytes) {
      throw new StoreError('STORE_FULL', `unit ${this.name} has no room for the shard`)
    }
    this.#plannedBytes += bytes
    try {
      const object = Buffer.concat([table, ...body])
      // Nobody else uses the key: what is there is from a try whose answer was lost.
      await bucket.create(formatShardName(name), object)
    } catch (error) {
      this.#strays.add(key, name)
      throw error
    } finally {
      this.#plannedBytes -= bytes
    }
    const old = this.#index.set(key, name)
    if (old !== undefined) this.#strays.add(key, old)
    await this.#strays.remove(key).catch((error) => logger.debug({ error }, 'an old object is still there'))
    return this.#locationOf(name)
  }

  async #isDamaged({ name }: IndexEntry): Promise<boolean> {
    try {
      await readObject(this.#components.bucket, name)
      return false
    } catch (error) {
      if (error instanceof StoreError && error.code === 'SHARD_CORRUPT') return true
      throw error
    }
  }

  *#ids(): IterableIterator<Uint8Array> {
    for (const key of this.#index.keys()) yield keyBytes(key)
  }

  #entry(key: string): IndexEntry | undefined {
    return this.#index.at(key, this.#components.clock.nowMs())
  }

  #expire(): void {
    const nowMs = this.#components.clock.nowMs()
    for (const { key, name } of this.#index.takeExpired(nowMs)) this.#strays.add(key, name)
  }

  #sweepLater(): void {
    this.#sweepTimer = this.#components.clock.setTimer(sweepIntervalMs, () => {
      this.#sweeping = this.#sweep().finally(() => {
        if (!this.#isClosed) this.#sweepLater()
      })
    })
  }

  /** Deletes what has expired, and what could not be deleted before. Never rejects. */
  async #sweep(): Promise<void> {
    this.#expire()
    for (const key of this.#strays.keys) {
      if (this.#isClosed) return
      const release = await this.#turns.take(key)
      try {
        await this.#strays.remove(key)
      } catch (error) {
        this.#components.logger.warn({ unit: this.name, error }, 'old objects could not be deleted')
        return
      } finally {
        release()
      }
    }
  }

  #locationOf({ sequence, lengthBytes, checksum, deleteAfterMs }: ShardName): ShardLocation {
    return { unit: this.name, segment: 0, offsetBytes: sequence, lengthBytes, checksum, deleteAfterMs }
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new StoreError('STORE_CLOSED', 'the store is closed')
  }
}

function isSame(name: ShardName, write: ShardWrite): boolean {
  const sameBody = name.lengthBytes === write.body.byteLength && name.checksum === write.checksum
  return sameBody && Buffer.compare(name.runId, write.runId) === 0
}
