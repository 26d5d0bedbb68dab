/**
 * A disk that can lose power. What was written since the last sync is, sector by sector, kept, lost or turned into garbage;
 * names that were changed since the last sync of the directory change or do not. A sync that fails forgets what it should
 * have written, as Linux does: it stays readable from the cache and is lost by the next power cut, and the next sync
 * succeeds.
 */
import type { DirectoryLock, Disk, DiskFile } from '../../src/store/segment/disk.ts'
import { StoreError } from '../../src/store/store-error.ts'
import type { Seeded } from './seeded.ts'

const sectorBytes = 512

class Inode {
  cache = Buffer.alloc(0)
  durable = Buffer.alloc(0)
  /** Sectors written since the last sync. */
  readonly dirty = new Set<number>()
}

export class SimulatedDisk implements Disk {
  freeLimitBytes = Number.POSITIVE_INFINITY
  #names = new Map<string, Inode>()
  #durableNames = new Map<string, Inode>()
  #pendingNames: ((names: Map<string, Inode>) => void)[] = []
  #isLocked = false

  async lock(): Promise<DirectoryLock> {
    if (this.#isLocked) throw new StoreError('DIRECTORY_IN_USE', 'the simulated disk is in use by a running store')
    this.#isLocked = true
    return {
      unlock: async () => {
        this.#isLocked = false
      },
    }
  }

  async list(): Promise<string[]> {
    return [...this.#names.keys()]
  }

  async open(name: string): Promise<DiskFile> {
    return new SimulatedFile(this, this.#inode(name))
  }

  async create(name: string): Promise<DiskFile> {
    const inode = new Inode()
    this.#change((names) => names.set(name, inode))
    return new SimulatedFile(this, inode)
  }

  async rename(from: string, to: string): Promise<void> {
    const inode = this.#inode(from)
    this.#change((names) => {
      names.delete(from)
      names.set(to, inode)
    })
  }

  async unlink(name: string): Promise<void> {
    this.#inode(name)
    this.#change((names) => names.delete(name))
  }

  async syncDirectory(): Promise<void> {
    this.#durableNames = new Map(this.#names)
    this.#pendingNames = []
  }

  async freeBytes(): Promise<number> {
    return Math.max(0, this.freeLimitBytes - this.usedBytes())
  }

  usedBytes(): number {
    let used = 0
    for (const { cache } of this.#names.values()) used += cache.length
    return used
  }

  fileNames(): string[] {
    return [...this.#names.keys()]
  }

  sizeOf(name: string): number {
    return this.#inode(name).cache.length
  }

  /** The bytes of a file, to look at or to damage: a change is a change of the medium. */
  bytesOf(name: string): Buffer {
    const inode = this.#inode(name)
    inode.durable = inode.cache
    return inode.cache
  }

  /** Puts a file there, durable. */
  plant(name: string, bytes: Uint8Array): void {
    const inode = new Inode()
    inode.cache = Buffer.from(bytes)
    inode.durable = inode.cache
    this.#names.set(name, inode)
    this.#durableNames.set(name, inode)
  }

  /** Makes a sector be written once more, if there is such a file: it is at risk until the next sync. */
  touch(name: string, offsetBytes: number): void {
    this.#names.get(name)?.dirty.add(Math.floor(offsetBytes / sectorBytes))
  }

  /** What a failing sync does to a file: unsynced bytes stay in the cache, and nobody will write them any more. */
  forgetUnsynced(name: string): void {
    this.#names.get(name)?.dirty.clear()
  }

  powerCut(random: Seeded): void {
    for (const change of this.#pendingNames) if (random.chance(0.5)) change(this.#durableNames)
    this.#pendingNames = []
    this.#names = new Map(this.#durableNames)
    for (const inode of new Set(this.#names.values())) cutPower(inode, random)
    this.#isLocked = false
  }

  #change(change: (names: Map<string, Inode>) => void): void {
    change(this.#names)
    this.#pendingNames.push(change)
  }

  #inode(name: string): Inode {
    const inode = this.#names.get(name)
    if (inode === undefined) throw Object.assign(new Error(`ENOENT: no such file, ${name}`), { code: 'ENOENT' })
    return inode
  }
}

function cutPower(inode: Inode, random: Seeded): void {
  const { cache, durable } = inode
  // Whether the file grew is the file system's matter, not the sectors'.
  const length = random.chance(0.5) ? cache.length : durable.length
  const after = Buffer.alloc(length)
  durable.copy(after)
  for (const sector of inode.dirty) {
    const at = sector * sectorBytes
    if (at >= length || random.chance(0.45)) continue
    if (random.chance(0.8)) cache.copy(after, at, at, Math.min(at + sectorBytes, length))
    else after.set(random.bytes(Math.min(sectorBytes, length - at)), at)
  }
  inode.cache = after
  inode.durable = Buffer.from(after)
  inode.dirty.clear()
}

class SimulatedFile implements DiskFile {
  readonly #disk: SimulatedDisk
  readonly #inode: Inode

  constructor(disk: SimulatedDisk, inode: Inode) {
    this.#disk = disk
    this.#inode = inode
  }

  async sizeBytes(): Promise<number> {
    return this.#inode.cache.length
  }

  async read(into: Uint8Array, offsetBytes: number): Promise<number> {
    return this.#inode.cache.copy(into, 0, offsetBytes, offsetBytes + into.length)
  }

  async write(pieces: readonly Uint8Array[], offsetBytes: number): Promise<void> {
    const bytes = Buffer.concat(pieces)
    const inode = this.#inode
    const end = offsetBytes + bytes.length
    if (end > inode.cache.length) {
      if (this.#disk.usedBytes() + end - inode.cache.length > this.#disk.freeLimitBytes) {
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
      }
      inode.cache = Buffer.concat([inode.cache, Buffer.alloc(end - inode.cache.length)])
    }
    if (inode.cache === inode.durable) inode.cache = Buffer.from(inode.cache)
    bytes.copy(inode.cache, offsetBytes)
    for (let sector = Math.floor(offsetBytes / sectorBytes); sector * sectorBytes < end; sector++) {
      inode.dirty.add(sector)
    }
  }

  async sync(): Promise<void> {
    const inode = this.#inode
    if (inode.durable.length < inode.cache.length) {
      inode.durable = Buffer.concat([inode.durable, Buffer.alloc(inode.cache.length - inode.durable.length)])
    }
    for (const sector of inode.dirty) {
      inode.cache.copy(inode.durable, sector * sectorBytes, sector * sectorBytes, (sector + 1) * sectorBytes)
    }
    inode.dirty.clear()
  }

  async close(): Promise<void> {}
}
