import { type FileHandle, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReadableFile } from '../segment/disk.ts'

/** A directory that is only looked at. */
export interface ReadableDirectory {
  /** Names of the files in it, sorted. */
  list(): Promise<string[]>
  /** Calls `use` with a file, open for as long as that takes. @throws the system's error, ENOENT when there is no such file */
  read<T>(name: string, use: (file: ReadableFile) => Promise<T>): Promise<T>
}

/** A directory of this machine's file system. */
export function readableDirectory(directory: string): ReadableDirectory {
  return {
    list: async () => {
      const entries = await readdir(directory, { withFileTypes: true })
      return entries.flatMap((entry) => (entry.isFile() ? entry.name : [])).sort()
    },
    read: async (name, use) => {
      await using handle = await open(join(directory, name), 'r')
      return await use({
        sizeBytes: async () => (await handle.stat()).size,
        read: (into, offsetBytes) => readInto(handle, into, offsetBytes),
      })
    },
  }
}

async function readInto(handle: FileHandle, into: Uint8Array, offsetBytes: number): Promise<number> {
  let filled = 0
  for (;;) {
    const { bytesRead } = await handle.read(into, filled, into.length - filled, offsetBytes + filled)
    filled += bytesRead
    if (bytesRead === 0 || filled === into.length) return filled
  }
}
