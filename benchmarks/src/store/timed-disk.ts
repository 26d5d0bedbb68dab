import type { Disk, DiskFile } from '@p2pstore/node'

/** A disk that notes how long each sync of a file takes, in milliseconds. */
export function timedDisk(inner: Disk, syncsMs: number[]): Disk {
  const timed = async (opening: Promise<DiskFile>): Promise<DiskFile> => {
    const file = await opening
    return {
      sizeBytes: () => file.sizeBytes(),
      read: (into, offsetBytes) => file.read(into, offsetBytes),
      write: (pieces, offsetBytes) => file.write(pieces, offsetBytes),
      sync: async () => {
        const startMs = performance.now()
        await file.sync()
        syncsMs.push(performance.now() - startMs)
      },
      close: () => file.close(),
    }
  }
  return {
    lock: () => inner.lock(),
    list: () => inner.list(),
    open: (name) => timed(inner.open(name)),
    create: (name) => timed(inner.create(name)),
    rename: (from, to) => inner.rename(from, to),
    unlink: (name) => inner.unlink(name),
    syncDirectory: () => inner.syncDirectory(),
    freeBytes: () => inner.freeBytes(),
  }
}
