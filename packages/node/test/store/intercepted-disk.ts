import type { DirectoryLock, Disk, DiskFile } from '../../src/store/segment/disk.ts'

export interface Operation {
  readonly kind: keyof Disk | keyof DiskFile
  /** The file it concerns; empty for the directory. */
  readonly name: string
  /** Where a read or write begins; otherwise 0. */
  readonly offsetBytes: number
}

/** Stands between the store and its disk: may do something else than `run`, or before, or after, or nothing. */
export type Intercept = <T>(operation: Operation, run: () => Promise<T>) => Promise<T>

/** A disk of which every call goes through a function first. */
export function interceptedDisk(inner: Disk, intercept: Intercept): Disk {
  const call = <T>(kind: keyof Disk, name: string, run: () => Promise<T>) =>
    intercept({ kind, name, offsetBytes: 0 }, run)
  const opened = async (name: string, file: Promise<DiskFile>) => interceptedFile(await file, name, intercept)
  return {
    lock: () => call('lock', '', () => inner.lock()),
    list: () => call('list', '', () => inner.list()),
    open: (name) => call('open', name, () => opened(name, inner.open(name))),
    create: (name) => call('create', name, () => opened(name, inner.create(name))),
    rename: (from, to) => call('rename', from, () => inner.rename(from, to)),
    unlink: (name) => call('unlink', name, () => inner.unlink(name)),
    syncDirectory: () => call('syncDirectory', '', () => inner.syncDirectory()),
    freeBytes: () => call('freeBytes', '', () => inner.freeBytes()),
  }
}

function interceptedFile(inner: DiskFile, name: string, intercept: Intercept): DiskFile {
  const call = <T>(kind: keyof DiskFile, offsetBytes: number, run: () => Promise<T>) =>
    intercept({ kind, name, offsetBytes }, run)
  return {
    sizeBytes: () => call('sizeBytes', 0, () => inner.sizeBytes()),
    read: (into, offset) => call('read', offset, () => inner.read(into, offset)),
    write: (pieces, offset) => call('write', offset, () => inner.write(pieces, offset)),
    sync: () => call('sync', 0, () => inner.sync()),
    close: () => call('close', 0, () => inner.close()),
  }
}

/** A disk as one process sees it, until the process is killed: from then on nothing is done, and nothing is answered well. */
export class ProcessDisk {
  readonly disk: Disk
  readonly #files: DiskFile[] = []
  #lock: DirectoryLock | undefined
  #operationsLeft = Number.POSITIVE_INFINITY
  #isKilled = false

  constructor(inner: Disk) {
    this.disk = interceptedDisk(inner, async (operation, run) => {
      if (operation.kind === 'close') return run()
      this.#check(this.#operationsLeft-- <= 0)
      const result = await run()
      if (operation.kind === 'lock') this.#lock = result as DirectoryLock
      if (operation.kind === 'open' || operation.kind === 'create') await this.#keep(result as DiskFile)
      this.#check(false)
      return result
    })
  }

  get isKilled(): boolean {
    return this.#isKilled
  }

  /** The process dies after so many more operations. */
  killAfter(operations: number): void {
    this.#operationsLeft = operations
  }

  async kill(): Promise<void> {
    this.#isKilled = true
    await this.#lock?.unlock()
    for (const file of this.#files) await file.close().catch(() => {})
  }

  async #keep(file: DiskFile): Promise<void> {
    if (this.#isKilled) await file.close()
    else this.#files.push(file)
  }

  #check(isTime: boolean): void {
    if (isTime) this.#isKilled = true
    if (this.#isKilled) throw new Error('this process was killed')
  }
}
