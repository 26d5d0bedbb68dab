/**
 * Files that are there whole or not at all: the bytes go into a draft beside the file, which takes the file's name when the
 * last byte is on disk. A failure or a signal removes the draft.
 */
import { constants, createWriteStream } from 'node:fs'
import { access, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { CommandError } from './command-error.ts'

export interface WholeFileOptions {
  /** Whether a file that is there already is replaced. */
  readonly replace: boolean
  /** Permissions. Default 0o666, less what the process masks. */
  readonly mode?: number
}

/** @throws CommandError FILE_EXISTS; what the file system or the source throws */
export async function writeWholeFile(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  { replace, mode = 0o666 }: WholeFileOptions,
): Promise<void> {
  const draft = `${path}.${process.pid}.part`
  try {
    await pipeline(bytes, createWriteStream(draft, { flags: 'wx', mode, flush: true }))
    await assertWritable(path, replace)
    await rename(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
}

/**
 * Says early that the file can't be made, before any work is done for it.
 * @throws CommandError FILE_EXISTS, FILE_UNWRITABLE when it has no name or no place
 */
export async function assertWritable(path: string, replace: boolean): Promise<void> {
  const unwritable = (reason: string) => new CommandError('FILE_UNWRITABLE', reason)
  if (path === '') throw unwritable('the name of a file to write is empty')
  const present = await stat(path).catch(() => undefined)
  if (present?.isDirectory()) throw unwritable(`${path} is a directory; name a file in it`)
  if (present !== undefined && !replace) {
    throw new CommandError('FILE_EXISTS', `${path} is there already; name another file, or replace it with --force`)
  }
  if (present?.isFile() === false) throw unwritable(`${path} is not a file that could be replaced`)
  const folder = dirname(path)
  const isFolder = (await stat(folder).catch(() => undefined))?.isDirectory() === true
  if (!isFolder) throw unwritable(`there is no folder ${folder}`)
  const isAllowed = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  )
  if (!isAllowed) throw unwritable(`nothing can be written to the folder ${folder}`)
}
