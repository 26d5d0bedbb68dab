/**
 * Files that are there whole or not at all: the bytes go into a draft beside the file, which takes the file's name when the
 * last byte is on disk. A failure or a signal removes the draft.
 */
import { createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
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
 * @throws CommandError FILE_EXISTS, FILE_UNWRITABLE when it has no place
 */
export async function assertWritable(path: string, replace: boolean): Promise<void> {
  const present = await stat(path).catch(() => undefined)
  if (present?.isDirectory()) throw new CommandError('FILE_UNWRITABLE', `${path} is a directory; name a file in it`)
  if (present !== undefined && !(replace && present.isFile())) {
    throw new CommandError('FILE_EXISTS', `${path} is there already; name another file, or replace it with --force`)
  }
  const folder = await stat(dirname(path)).catch(() => undefined)
  if (!folder?.isDirectory()) throw new CommandError('FILE_UNWRITABLE', `there is no folder ${dirname(path)}`)
}
