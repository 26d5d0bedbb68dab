/**
 * An exclusive lock of a directory that the kernel takes back the moment its owner is gone, however it went: a killed node
 * can start again at once, and no lock file has to be judged stale by its age or by a process id that may be another's.
 *
 * Node has no flock, but each system has something as good. On macOS and Windows a file can be opened exclusively: libuv
 * passes such a flag through. Linux has Unix sockets whose names live in the kernel only ("abstract"); we listen under
 * the directory's device and inode, so that two paths to one directory meet. Such names belong to a network namespace:
 * containers that share a directory but not the network do not see each other's lock.
 */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { StoreError } from '../store-error.ts'
import type { DirectoryLock } from './disk.ts'

export type { DirectoryLock }

/** @throws StoreError DIRECTORY_IN_USE */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  try {
    return process.platform === 'linux' ? await listenFor(directory) : await openExclusively(join(directory, 'lock'))
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code !== 'EADDRINUSE' && code !== 'EBUSY' && code !== 'EAGAIN') throw cause
    throw new StoreError(
      'DIRECTORY_IN_USE',
      `${directory} is in use by a running node; stop that one, or choose another directory`,
      { cause },
    )
  }
}

async function listenFor(directory: string): Promise<DirectoryLock> {
  // While it is open, its inode is not given to another directory, even when this one is deleted.
  const handle = await open(directory, 'r')
  try {
    const { dev, ino } = await handle.stat({ bigint: true })
    const server = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      // Exclusive: or the workers of a cluster would share it.
      server.listen({ path: `\0p2pstore-unit-${dev}-${ino}`, exclusive: true }, resolve)
    })
    server.unref()
    return { unlock: () => unlock(server, handle) }
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function unlock(server: Server, handle: FileHandle): Promise<void> {
  if (!server.listening) return
  await new Promise<void>((resolve) => server.close(() => resolve()))
  await handle.close()
}

/** libuv's UV_FS_O_EXLOCK, which Node does not name: O_EXLOCK on macOS and BSD, no sharing on Windows. */
const exclusive = process.platform === 'win32' ? 0x10000000 : 0x20

async function openExclusively(path: string): Promise<DirectoryLock> {
  const nonBlocking = constants.O_NONBLOCK ?? 0
  const file = await open(path, constants.O_RDWR | constants.O_CREAT | nonBlocking | exclusive, 0o600)
  return { unlock: () => file.close() }
}
