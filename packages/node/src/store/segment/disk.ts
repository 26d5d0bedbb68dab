/**
 * The directory of a unit as the segment log uses it. Names are plain file names within it. Every call may reject with the
 * system's error (`ENOSPC`, `EIO`, …); nothing survives a power cut unless it was synced: bytes by `DiskFile.sync`, names by
 * `syncDirectory`.
 */
export interface Disk {
  /**
   * Keeps every other process (and every other store in this one) out until `unlock`, or until this process is gone.
   * @throws StoreError DIRECTORY_IN_USE
   */
  lock(): Promise<DirectoryLock>
  /** Names of the files in the directory. */
  list(): Promise<string[]>
  /** Opens a file that is there, to read and write. */
  open(name: string): Promise<DiskFile>
  /** Makes an empty file, or empties the one that is there. */
  create(name: string): Promise<DiskFile>
  /** Takes the place of what was called `to`, in one step. */
  rename(from: string, to: string): Promise<void>
  unlink(name: string): Promise<void>
  /** Makes names durable: what was created, renamed and unlinked. */
  syncDirectory(): Promise<void>
  /** What the file system would still take from us, in bytes. */
  freeBytes(): Promise<number>
}

export interface DirectoryLock {
  /** Idempotent. */
  unlock(): Promise<void>
}

export interface DiskFile {
  sizeBytes(): Promise<number>
  /**
   * Fills `into` from a place in the file, in one positioned read; less at the end of the file. Resolves to the bytes read. In
   * memory that is aligned with blocks, whatever else lies in the blocks of `into` may be overwritten.
   */
  read(into: Uint8Array, offsetBytes: number): Promise<number>
  /** Writes all pieces, one after the other. They must not change meanwhile. */
  write(pieces: readonly Uint8Array[], offsetBytes: number): Promise<void>
  /** Makes the file's bytes durable (fdatasync). After it failed, nothing may be believed about unsynced bytes. */
  sync(): Promise<void>
  /** Waits for the reads in progress. Further calls reject. */
  close(): Promise<void>
}

export type ReadableFile = Pick<DiskFile, 'sizeBytes' | 'read'>

/** Reads until `into` is full or the file ends, and gives what it got. */
export async function readFully(file: Pick<ReadableFile, 'read'>, into: Buffer, offsetBytes: number): Promise<Buffer> {
  return into.subarray(0, await file.read(into, offsetBytes))
}

/**
 * Makes a file that is either not there or complete, whatever happens meanwhile: written and synced under another name,
 * then renamed. `name` must not contain the suffix. Gives the open file.
 */
export async function createWhole(disk: Disk, name: string, pieces: readonly Uint8Array[]): Promise<DiskFile> {
  const file = await disk.create(name + unfinishedSuffix)
  try {
    await file.write(pieces, 0)
    await file.sync()
    await disk.rename(name + unfinishedSuffix, name)
    await disk.syncDirectory()
    return file
  } catch (error) {
    await file.close().catch(() => {})
    await disk.unlink(name + unfinishedSuffix).catch(() => {})
    throw error
  }
}

/** Ends the names of files that were not finished. */
export const unfinishedSuffix = '.new'
