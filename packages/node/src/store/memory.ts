/**
 * The store's twin without a disk, for tests and simulations. It keeps two pictures: what can be read, and what would
 * survive a crash. A put with durability `memory` changes only the first; every durable write, like a group commit of the
 * segment store, carries everything before it into the second.
 */
import type { Clock } from '../ports/clock.ts'
import type { PutOptions, ShardLocation, ShardStore, ShardWrite, StoreUsage, UnitStore } from '../ports/shard-store.ts'
import { type ByteRange, checkContent, checkId, checkRange, checkWrite, isExpired } from './checked-write.ts'
import { ExpiryQueue } from './expiry-queue.ts'
import { keyBytes, shardKey } from './shard-key.ts'
import { StoreError } from './store-error.ts'

export interface MemoryStoreOptions {
  /** Name of the unit. Default `memory`. */
  readonly unit?: string
  readonly capacityBytes: number
  readonly clock: Clock
}

export interface MemoryStore extends ShardStore {
  /** Loses what was not durable and opens the store again, as after a crash of its process. */
  crash(): void
  /** Damages a stored shard, so that reading it throws SHARD_CORRUPT. False when there is no such shard. */
  corrupt(id: Uint8Array): boolean
}

export function createMemoryStore(options: MemoryStoreOptions): MemoryStore & UnitStore {
  return new MapStore(options)
}

/** What a shard costs besides its body: about what a record's header costs on a disk. */
const overheadBytes = 96

interface Entry {
  readonly key: string
  readonly location: ShardLocation
  readonly deleteAfterMs: number
  readonly runId: Uint8Array
  readonly body: Uint8Array
  corrupt: boolean
  seat: number
}

class MapStore implements MemoryStore, UnitStore {
  readonly name: string
  #capacityBytes: number
  readonly #clock: Clock
  #entries = new Map<string, Entry>()
  #durable = new Map<string, Entry>()
  /** Keys whose entry differs between the two pictures. */
  readonly #changed = new Set<string>()
  #expiring = this.#newQueue()
  #liveBytes = 0
  #nextOffsetBytes = 0
  #closed = false

  constructor(options: MemoryStoreOptions) {
    this.name = options.unit ?? 'memory'
    this.#capacityBytes = options.capacityBytes
    this.#clock = options.clock
  }

  resize(capacityBytes: number): void {
    this.#capacityBytes = capacityBytes
  }

  async put(write: ShardWrite, options: PutOptions = {}): Promise<ShardLocation> {
    checkWrite(write)
    this.#checkOpen()
    checkContent(write, this.#clock.nowMs())
    const old = this.#entry(write.id)
    if (old !== undefined && options.ifPresent !== 'replace' && !old.corrupt) {
      if (!isSame(old, write)) throw new StoreError('SHARD_CONFLICT', 'the id holds another shard')
      if (options.durability !== 'memory') this.#commit()
      return old.location
    }
    if (write.body.byteLength + overheadBytes > this.usage().freeBytes) {
      throw new StoreError('STORE_FULL', `unit ${this.name} is full`)
    }
    const location = this.#place(write)
    this.#set({
      key: shardKey(write.id),
      location,
      deleteAfterMs: write.deleteAfterMs,
      runId: write.runId.slice(),
      body: write.body.slice(),
      corrupt: false,
      seat: 0,
    })
    if (options.durability !== 'memory') this.#commit()
    return location
  }

  async get(id: Uint8Array, range?: ByteRange): Promise<Uint8Array | undefined> {
    checkId(id)
    this.#checkOpen()
    const entry = this.#entry(id)
    if (entry === undefined) return undefined
    const { offsetBytes, lengthBytes } = range ?? { offsetBytes: 0, lengthBytes: entry.body.length }
    checkRange({ offsetBytes, lengthBytes }, entry.body.length)
    if (entry.corrupt) throw new StoreError('SHARD_CORRUPT', 'the stored shard is damaged')
    return entry.body.slice(offsetBytes, offsetBytes + lengthBytes)
  }

  stat(id: Uint8Array): ShardLocation | undefined {
    checkId(id)
    this.#checkOpen()
    return this.#entry(id)?.location
  }

  async runOf(id: Uint8Array): Promise<Uint8Array | undefined> {
    checkId(id)
    this.#checkOpen()
    return this.#entry(id)?.runId.slice()
  }

  async delete(id: Uint8Array): Promise<boolean> {
    checkId(id)
    this.#checkOpen()
    const entry = this.#entry(id)
    if (entry === undefined) return false
    this.#remove(entry)
    this.#commit()
    return true
  }

  ids(): IterableIterator<Uint8Array> {
    this.#checkOpen()
    this.#expire()
    return this.#ids()
  }

  usage(): StoreUsage {
    this.#expire()
    const freeBytes = Math.max(0, this.#capacityBytes - this.#liveBytes)
    const liveBytes = this.#liveBytes
    return {
      capacityBytes: this.#capacityBytes,
      freeBytes,
      liveBytes,
      deadBytes: 0,
      reservedBytes: 0,
      shardCount: this.#entries.size,
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#commit()
    this.#closed = true
  }

  crash(): void {
    this.#entries = new Map()
    this.#expiring = this.#newQueue()
    this.#liveBytes = 0
    this.#changed.clear()
    this.#closed = false
    for (const entry of this.#durable.values()) this.#add(entry)
  }

  corrupt(id: Uint8Array): boolean {
    const entry = this.#entry(id)
    if (entry !== undefined) entry.corrupt = true
    return entry !== undefined
  }

  *#ids(): IterableIterator<Uint8Array> {
    for (const key of this.#entries.keys()) yield keyBytes(key)
  }

  #place(write: ShardWrite): ShardLocation {
    const offsetBytes = this.#nextOffsetBytes
    this.#nextOffsetBytes += overheadBytes + write.body.byteLength
    return {
      unit: this.name,
      segment: 1,
      offsetBytes,
      lengthBytes: write.body.byteLength,
      checksum: write.checksum,
      deleteAfterMs: write.deleteAfterMs,
    }
  }

  #entry(id: Uint8Array): Entry | undefined {
    const entry = this.#entries.get(shardKey(id))
    return entry === undefined || isExpired(entry.deleteAfterMs, this.#clock.nowMs()) ? undefined : entry
  }

  #set(entry: Entry): void {
    const old = this.#entries.get(entry.key)
    if (old !== undefined) this.#remove(old)
    this.#add(entry)
    this.#changed.add(entry.key)
  }

  #add(entry: Entry): void {
    this.#entries.set(entry.key, entry)
    this.#liveBytes += overheadBytes + entry.body.length
    if (entry.deleteAfterMs !== 0) this.#expiring.add(entry)
  }

  #remove(entry: Entry): void {
    this.#drop(entry)
    if (entry.deleteAfterMs !== 0) this.#expiring.remove(entry)
  }

  #drop(entry: Entry): void {
    this.#entries.delete(entry.key)
    this.#liveBytes -= overheadBytes + entry.body.length
    this.#changed.add(entry.key)
  }

  #expire(): void {
    const nowMs = this.#clock.nowMs()
    for (;;) {
      const entry = this.#expiring.take(nowMs)
      if (entry === undefined) return
      this.#drop(entry)
    }
  }

  #commit(): void {
    for (const key of this.#changed) {
      const entry = this.#entries.get(key)
      if (entry === undefined) this.#durable.delete(key)
      else this.#durable.set(key, entry)
    }
    this.#changed.clear()
  }

  #newQueue(): ExpiryQueue<Entry> {
    return new ExpiryQueue({
      endMs: (entry) => entry.deleteAfterMs,
      seat: (entry) => entry.seat,
      sit: (entry, seat) => {
        entry.seat = seat
      },
    })
  }

  #checkOpen(): void {
    if (this.#closed) throw new StoreError('STORE_CLOSED', 'the store is closed')
  }
}

function isSame({ location, runId }: Entry, write: ShardWrite): boolean {
  const sameBody = location.lengthBytes === write.body.byteLength && location.checksum === write.checksum
  return sameBody && Buffer.compare(runId, write.runId) === 0
}
