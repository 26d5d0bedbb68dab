import type { ShardLocation, ShardPutOptions, ShardWrite, StoreUsage } from '@p2pstore/node'
import { type MemoryStore, StoreError } from '@p2pstore/node/memory'

/** A machine's store with the ways in which disks fail: full, damaged as its checksums tell, damaged as they don't. */
export class Disk implements MemoryStore {
  /** Takes nothing more while true. */
  isFull = false
  readonly #store: MemoryStore
  readonly #bent = new Set<string>()

  constructor(store: MemoryStore) {
    this.#store = store
  }

  /** From now on one bit of a stored shard is another whenever it is read, and nothing on the machine notices. */
  bend(id: Uint8Array): void {
    this.#bent.add(nameOf(id))
  }

  /** Whether there is something bent. */
  get isDeceived(): boolean {
    return this.#bent.size > 0
  }

  async put(write: ShardWrite, options?: ShardPutOptions): Promise<ShardLocation> {
    if (this.isFull) throw new StoreError('STORE_FULL', 'the disk is full')
    const before = this.#store.stat(write.id)
    const location = await this.#store.put(write, options)
    if (location.offsetBytes !== before?.offsetBytes) this.#bent.delete(nameOf(write.id))
    return location
  }

  async get(id: Uint8Array, range?: { offsetBytes: number; lengthBytes: number }): Promise<Uint8Array | undefined> {
    const body = await this.#store.get(id, range)
    if (body !== undefined && body.length > 0 && this.#bent.has(nameOf(id))) body[body.length >> 1]! ^= 1
    return body
  }

  stat(id: Uint8Array): ShardLocation | undefined {
    return this.#store.stat(id)
  }

  runOf(id: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#store.runOf(id)
  }

  delete(id: Uint8Array): Promise<boolean> {
    return this.#store.delete(id)
  }

  ids(): IterableIterator<Uint8Array> {
    return this.#store.ids()
  }

  usage(): StoreUsage {
    const usage = this.#store.usage()
    return this.isFull ? { ...usage, freeBytes: 0 } : usage
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  crash(): void {
    this.#store.crash()
  }

  corrupt(id: Uint8Array): boolean {
    return this.#store.corrupt(id)
  }
}

function nameOf(id: Uint8Array): string {
  return Buffer.from(id).toString('hex')
}
