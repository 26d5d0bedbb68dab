import { type FileHandle, mkdir, open, readdir, rename, statfs, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type DirectFile, openDirect, shortestDirectReadBytes } from './direct-file.ts'
import { DirectMemory } from './direct-memory.ts'
import { type DirectoryLock, lockDirectory } from './directory-lock.ts'
import type { Disk, DiskFile } from './disk.ts'
import { PositionedReads } from './positioned-reads.ts'
import { RecentFile, RecentWrites } from './recent-writes.ts'

/** A directory of the machine's file system; made, durably, when it is not there. */
export async function openNodeDisk(directory: string): Promise<Disk> {
  const path = resolve(directory)
  const topmostMade = await mkdir(path, { recursive: true })
  for (let made = path; topmostMade !== undefined && made.length >= topmostMade.length; made = dirname(made)) {
    await syncNames(dirname(made))
  }
  return new NodeDisk(path)
}

/** Windows has no call for it: there, NTFS's journal has to be enough. */
async function syncNames(directory: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

class NodeDisk implements Disk {
  readonly #directory: string
  readonly #memory = new DirectMemory()
  readonly #recent = new RecentWrites()
  readonly #recentFiles = new Map<string, RecentFile>()

  constructor(directory: string) {
    this.#directory = directory
  }

  lock(): Promise<DirectoryLock> {
    return lockDirectory(this.#directory)
  }

  async list(): Promise<string[]> {
    const entries = await readdir(this.#directory, { withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => entry.name)
  }

  async open(name: string): Promise<DiskFile> {
    const path = this.#path(name)
    return this.#file(name, await open(path, 'r+'), await openDirect(path, this.#memory))
  }

  async create(name: string): Promise<DiskFile> {
    const path = this.#path(name)
    const handle = await open(path, 'w+', 0o600)
    this.#forget(name)
    return this.#file(name, handle, await openDirect(path, this.#memory))
  }

  async rename(from: string, to: string): Promise<void> {
    await rename(this.#path(from), this.#path(to))
    this.#forget(to)
    const file = this.#recentFiles.get(from)
    this.#recentFiles.delete(from)
    if (file !== undefined) this.#recentFiles.set(to, file)
  }

  async unlink(name: string): Promise<void> {
    await unlink(this.#path(name))
    this.#forget(name)
  }

  syncDirectory(): Promise<void> {
    return syncNames(this.#directory)
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#directory)
    return bavail * bsize
  }

  /** What is written to a file through one handle is read through all. */
  #file(name: string, handle: FileHandle, direct: DirectFile | undefined): NodeFile {
    const file = this.#recentFiles.get(name) ?? new RecentFile()
    this.#recentFiles.set(name, file)
    return new NodeFile(handle, direct, { file, writes: this.#recent })
  }

  #forget(name: string): void {
    const file = this.#recentFiles.get(name)
    this.#recentFiles.delete(name)
    if (file !== undefined) this.#recent.forget(file)
  }

  #path(name: string): string {
    return join(this.#directory, name)
  }
}

class NodeFile implements DiskFile {
  readonly #handle: FileHandle
  readonly #cached: PositionedReads
  readonly #direct: DirectFile | undefined
  readonly #recent: { readonly file: RecentFile; readonly writes: RecentWrites }

  /**
   * @param direct the same file, where it can be had past the system's cache
   * @param recent what was written there lately
   */
  constructor(
    handle: FileHandle,
    direct: DirectFile | undefined,
    recent: { readonly file: RecentFile; readonly writes: RecentWrites },
  ) {
    this.#recent = recent
    this.#handle = handle
    this.#cached = new PositionedReads(handle)
    this.#direct = direct
  }

  async sizeBytes(): Promise<number> {
    return (await this.#handle.stat()).size
  }

  read(into: Uint8Array, offsetBytes: number): Promise<number> {
    const { length } = into
    if (this.#recent.writes.read(this.#recent.file, into, offsetBytes)) return Promise.resolve(length)
    return length < shortestDirectReadBytes ? this.#cached.read(into, offsetBytes) : this.#readLong(into, offsetBytes)
  }

  async #readLong(into: Uint8Array, offsetBytes: number): Promise<number> {
    const isFull = this.#direct !== undefined && (await this.#direct.read(into, offsetBytes))
    return isFull ? into.length : this.#cached.read(into, offsetBytes)
  }

  async write(pieces: readonly Uint8Array[], offsetBytes: number): Promise<void> {
    const { file, writes } = this.#recent
    try {
      const isDirect = this.#direct !== undefined && (await this.#direct.write(pieces, offsetBytes))
      if (!isDirect) await this.#writeCached(pieces, offsetBytes)
    } catch (error) {
      writes.forget(file)
      throw error
    }
    writes.add(file, pieces, offsetBytes)
  }

  async #writeCached(pieces: readonly Uint8Array[], offsetBytes: number): Promise<void> {
    let rest = pieces
    let offset = offsetBytes
    while (rest.length > 0) {
      const { bytesWritten } = await this.#handle.writev(rest, offset)
      offset += bytesWritten
      rest = withoutFirst(rest, bytesWritten)
      if (bytesWritten === 0 && rest.length > 0) throw new Error('the disk took no bytes')
    }
  }

  sync(): Promise<void> {
    return this.#handle.datasync()
  }

  async close(): Promise<void> {
    await Promise.all([this.#cached.close(), this.#direct?.close()])
  }
}

/** What is left of the pieces after a write took `written` bytes of them. */
function withoutFirst(pieces: readonly Uint8Array[], written: number): readonly Uint8Array[] {
  let index = 0
  let left = written
  while (index < pieces.length && left >= pieces[index]!.length) left -= pieces[index++]!.length
  if (left === 0) return pieces.slice(index)
  return [pieces[index]!.subarray(left), ...pieces.slice(index + 1)]
}
