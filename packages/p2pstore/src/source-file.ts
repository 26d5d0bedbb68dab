import { type FileHandle, open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { CommandError } from './command-error.ts'

/** Something to store. */
export interface SourceFile extends AsyncDisposable {
  readonly bytes: AsyncIterable<Uint8Array>
  /** Undefined when it can't be told before the end. */
  readonly sizeBytes: number | undefined
}

const readBytes = 1 << 20

/**
 * @param from a file, or `-` for standard input
 * @throws CommandError FILE_UNREADABLE
 */
export async function openSource(from: string, stdin: Readable): Promise<SourceFile> {
  if (from === '-') {
    return { bytes: stdin, sizeBytes: undefined, [Symbol.asyncDispose]: async () => void stdin.destroy() }
  }
  const file = await open(from, 'r').catch((cause: unknown) => {
    throw unreadable(from, cause)
  })
  const stats = await file.stat()
  if (stats.isDirectory()) {
    await file.close()
    throw new CommandError('FILE_UNREADABLE', `${from} is a directory, not a file`)
  }
  const sizeBytes = stats.isFile() && stats.size > 0 ? stats.size : undefined
  return { bytes: readWhole(file, sizeBytes), sizeBytes, [Symbol.asyncDispose]: () => file.close() }
}

/** A file that is cut or grows while it is read must not be stored as if it were whole. */
async function* readWhole(file: FileHandle, sizeBytes: number | undefined): AsyncGenerator<Uint8Array> {
  let doneBytes = 0
  for await (const piece of file.createReadStream({ highWaterMark: readBytes, autoClose: false })) {
    doneBytes += (piece as Buffer).length
    yield piece as Buffer
  }
  if (sizeBytes !== undefined && doneBytes !== sizeBytes) {
    throw new Error(`the file was changed meanwhile: it had ${sizeBytes} bytes and gave ${doneBytes}`)
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'it is not a directory',
}

export function unreadable(path: string, cause: unknown): CommandError {
  const reason = reasons[(cause as NodeJS.ErrnoException).code ?? ''] ?? (cause as Error).message
  const name = path === '-' ? 'standard input' : path
  return new CommandError('FILE_UNREADABLE', `${name} can't be read: ${reason}`, { cause })
}
