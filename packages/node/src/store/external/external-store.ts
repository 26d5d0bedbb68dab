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
import type {
  PutOptions,
  ShardLocation,
  ShardStatus,
  ShardWrite,
  StoreUsage,
  UnitStore,
} from '../../ports/shard-store.ts'
import { type ByteRange, checkContent, checkId, checkRange, checkWrite, isExpired } from '../checked-write.ts'
import { ExpiryQueue } from '../expiry-queue.ts'
import { bodyMatches, checksumTable, piecesMatch } from '../segment/body-checks.ts'
import { pieceBytes, tableBytes } from '../segment/layout.ts'
import { Turns } from '../segment/turns.ts'
import { keyBytes, shardKey } from '../shard-key.ts'
import { StoreError } from '../store-error.ts'
import type { Bucket } from './bucket.ts'
import { formatShardName, type ShardName } from './shard-name.ts'

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

interface Entry {
  readonly key: string
  readonly name: ShardName
  seat: number
}

const sweepIntervalMs = 60_000

export class ExternalStore implements UnitStore {
  readonly name: string
  readonly #components: ExternalStoreComponents
  readonly #entries = new Map<string, Entry>()
  readonly #expiring = new ExpiryQueue<Entry>({
    endMs: ({ name }) => name.deleteAfterMs,
    seat: ({ seat }) => seat,
    sit: (entry, seat) => {
      entry.seat = seat
    },
  })
  /** By shard, what is to be deleted, in this order. */
  readonly #strays = new Map<string, ShardName[]>()
  readonly #turns = new Turns()
  #capacityBytes: number
  #liveBytes = 0
  #plannedBytes = 0
  #nextSequence: number
  #sweepTimer: Timer | undefined
  #sweeping: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(components: ExternalStoreComponents, { name, capacityBytes, shards, firstSequence }: ExternalStoreInit) {
    this.#components = components
    this.name = name
    this.#capacityBytes = capacityBytes
    this.#nextSequence = firstSequence
    for (const shard of shards) this.#set({ key: shardKey(shard.id), name: shard, seat: 0 })
    this.#sweepLater()
  }

  resize(capacityBytes: number): void {
    this.#capacityBytes = capacityBytes
  }

  async put(write: ShardWrite, options: PutOptions = {}): Promise<ShardLocation> {
    checkWrite(write)
    this.#checkOpen()
    checkContent(write, this.#components.clock.nowMs())
    const key = shardKey(write.id)
    const release = await this.#turns.take(key)
    try {
      const old = this.#entry(key)
      if (old !== undefined && options.ifPresent !== 'replace' && !(await this.#isDamaged(old))) {
        if (!isSame(old.name, write)) throw new StoreError('SHARD_CONFLICT', 'the id holds another shard')
        return this.#statusOf(old)
      }
      return await this.#write(key, write)
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
      const part = range ?? { offsetBytes: 0, lengthBytes: entry.name.lengthBytes }
      checkRange(part, entry.name.lengthBytes)
      try {
        const bytes = await this.#read(entry.name, part)
        return this.#entry(key) === undefined ? undefined : bytes
      } catch (error) {
        // It may have been replaced or deleted meanwhile: then the answer is what holds now.
        if (this.#entry(key) === entry) throw error
      }
    }
  }

  stat(id: Uint8Array): ShardStatus | undefined {
    checkId(id)
    this.#checkOpen()
    const entry = this.#entry(shardKey(id))
    return entry && this.#statusOf(entry)
  }

  async delete(id: Uint8Array): Promise<boolean> {
    checkId(id)
    this.#checkOpen()
    const key = shardKey(id)
    const release = await this.#turns.take(key)
    try {
      const entry = this.#entry(key)
      await this.#removeStrays(key)
      if (entry === undefined) return false
      await this.#components.bucket.remove(formatShardName(entry.name))
      this.#forget(entry)
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
    const deadBytes = [...this.#strays.values()].flat().reduce((sum, name) => sum + objectBytes(name), 0)
    return {
      capacityBytes: this.#capacityBytes,
      freeBytes: Math.max(0, this.#capacityBytes - this.#liveBytes - this.#plannedBytes - deadBytes),
      reservedBytes: 0,
      liveBytes: this.#liveBytes,
      deadBytes,
      shardCount: this.#entries.size,
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#sweepTimer?.cancel()
    await this.#sweeping
  }

  /** The new object first, then the old one goes: never is there none. */
  async #write(key: string, write: ShardWrite): Promise<ShardLocation> {
    const { id, runId, checksum, deleteAfterMs, body } = write
    const lengthBytes = body.byteLength
    const name = {
      id: id.slice(),
      runId: runId.slice(),
      sequence: this.#nextSequence++,
      lengthBytes,
      checksum,
      deleteAfterMs,
    }
    const bytes = objectBytes(name)
    if (bytes > this.usage().freeBytes)
      throw new StoreError('STORE_FULL', `unit ${this.name} has no room for the shard`)
    this.#plannedBytes += bytes
    try {
      const object = Buffer.concat([checksumTable([...body], lengthBytes), ...body])
      // Nobody else uses the key: what is there is from a try whose answer was lost.
      await this.#components.bucket.create(formatShardName(name), object)
    } catch (error) {
      this.#stray(key, name)
      throw error
    } finally {
      this.#plannedBytes -= bytes
    }
    const old = this.#entries.get(key)
    if (old !== undefined) {
      this.#forget(old)
      this.#stray(key, old.name)
    }
    const entry = { key, name, seat: 0 }
    this.#set(entry)
    await this.#removeStrays(key).catch((error) =>
      this.#components.logger.debug({ error }, 'an old object is still there'),
    )
    return this.#statusOf(entry)
  }

  async #read(name: ShardName, range: ByteRange): Promise<Uint8Array> {
    const { bucket } = this.#components
    const object = formatShardName(name)
    const headBytes = tableBytes(name.lengthBytes)
    if (headBytes === 0 || range.lengthBytes * 2 > name.lengthBytes) {
      const body = (await bucket.read(object))?.subarray(headBytes)
      if (body?.length !== name.lengthBytes || !bodyMatches(body, name.checksum)) throw corrupt(object)
      return Uint8Array.from(body.subarray(range.offsetBytes, range.offsetBytes + range.lengthBytes))
    }
    const firstPiece = Math.floor(range.offsetBytes / pieceBytes)
    const start = firstPiece * pieceBytes
    const end = Math.min(Math.ceil((range.offsetBytes + range.lengthBytes) / pieceBytes) * pieceBytes, name.lengthBytes)
    if (end === start) return new Uint8Array(0)
    const [table, pieces] = await Promise.all([
      bucket.read(object, { offsetBytes: 0, lengthBytes: headBytes }),
      bucket.read(object, { offsetBytes: headBytes + start, lengthBytes: end - start }),
    ])
    const isWhole = table?.length === headBytes && pieces?.length === end - start
    if (!isWhole || !piecesMatch(pieces, firstPiece, table)) throw corrupt(object)
    const from = range.offsetBytes - start
    return Uint8Array.from(pieces.subarray(from, from + range.lengthBytes))
  }

  async #isDamaged({ name }: Entry): Promise<boolean> {
    try {
      await this.#read(name, { offsetBytes: 0, lengthBytes: name.lengthBytes })
      return false
    } catch (error) {
      if (error instanceof StoreError && error.code === 'SHARD_CORRUPT') return true
      throw error
    }
  }

  *#ids(): IterableIterator<Uint8Array> {
    for (const key of this.#entries.keys()) yield keyBytes(key)
  }

  #entry(key: string): Entry | undefined {
    const entry = this.#entries.get(key)
    return entry && isExpired(entry.name.deleteAfterMs, this.#components.clock.nowMs()) ? undefined : entry
  }

  #set(entry: Entry): void {
    this.#entries.set(entry.key, entry)
    this.#liveBytes += objectBytes(entry.name)
    if (entry.name.deleteAfterMs !== 0) this.#expiring.add(entry)
  }

  #forget(entry: Entry): void {
    if (entry.name.deleteAfterMs !== 0) this.#expiring.remove(entry)
    this.#drop(entry)
  }

  #drop(entry: Entry): void {
    this.#entries.delete(entry.key)
    this.#liveBytes -= objectBytes(entry.name)
  }

  #expire(): void {
    const nowMs = this.#components.clock.nowMs()
    for (;;) {
      const entry = this.#expiring.take(nowMs)
      if (entry === undefined) return
      this.#drop(entry)
      this.#stray(entry.key, entry.name)
    }
  }

  #stray(key: string, name: ShardName): void {
    this.#strays.set(key, [...(this.#strays.get(key) ?? []), name])
  }

  /** In their order, so that what is left after a failure is what came last. To be called in the shard's turn. */
  async #removeStrays(key: string): Promise<void> {
    for (;;) {
      const [name, ...others] = this.#strays.get(key) ?? []
      if (name === undefined) return
      await this.#components.bucket.remove(formatShardName(name))
      if (others.length > 0) this.#strays.set(key, others)
      else this.#strays.delete(key)
    }
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
    for (const key of [...this.#strays.keys()]) {
      if (this.#isClosed) return
      const release = await this.#turns.take(key)
      try {
        await this.#removeStrays(key)
      } catch (error) {
        this.#components.logger.warn({ unit: this.name, error }, 'old objects could not be deleted')
        return
      } finally {
        release()
      }
    }
  }

  #statusOf({ name }: Entry): ShardStatus {
    const { lengthBytes, checksum, deleteAfterMs, runId } = name
    return { unit: this.name, segment: 0, offsetBytes: name.sequence, lengthBytes, checksum, deleteAfterMs, runId }
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new StoreError('STORE_CLOSED', 'the store is closed')
  }
}

function objectBytes({ lengthBytes }: ShardName): number {
  return tableBytes(lengthBytes) + lengthBytes
}

function isSame(name: ShardName, write: ShardWrite): boolean {
  const sameBody = name.lengthBytes === write.body.byteLength && name.checksum === write.checksum
  return sameBody && Buffer.compare(name.runId, write.runId) === 0
}

function corrupt(object: string): StoreError {
  return new StoreError('SHARD_CORRUPT', `object ${object} is damaged or gone`)
}
