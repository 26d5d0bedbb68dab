/**
 * What a disk says of itself: SMART, asked of `smartctl` where that is installed, and where the node may ask. That is on Linux, and
 * often for root only; anywhere else nothing is known, which is no fault. A directory's disk is found by the device number of
 * its file system; of a partition the whole disk is asked.
 */
import { execFile } from 'node:child_process'
import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** `failing`: the disk expects its own end. */
export type DiskVerdict = 'good' | 'failing' | 'unknown'

/** Runs a program and gives what it wrote to its standard output, however it ended; rejects when it can't be run. */
export type RunProgram = (program: string, args: readonly string[]) => Promise<string>

const programTimeoutMs = 30_000

/** Never rejects. */
export async function askDisk(directory: string, run: RunProgram = runProgram): Promise<DiskVerdict> {
  try {
    return parseVerdict(await run('smartctl', ['--json=c', '--health', await diskOf(directory)]))
  } catch {
    return 'unknown'
  }
}

/** Reads the JSON that smartctl prints. */
export function parseVerdict(text: string): DiskVerdict {
  const passed: unknown = JSON.parse(text)?.smart_status?.passed
  if (typeof passed !== 'boolean') return 'unknown'
  return passed ? 'good' : 'failing'
}

/** The device file of the disk that a directory is on. */
async function diskOf(directory: string): Promise<string> {
  const { dev } = await stat(directory, { bigint: true })
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn)
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn)
  const device = await realpath(`/sys/dev/block/${major}:${minor}`)
  const isPartition = await stat(join(device, 'partition')).then(
    () => true,
    () => false,
  )
  return `/dev/${basename(isPartition ? dirname(device) : device)}`
}

/** smartctl tells by its exit status too what it found: only a program that could not be run is a failure. */
function runProgram(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: programTimeoutMs, windowsHide: true }, (error, stdout) => {
      if (error !== null && typeof error.code !== 'number') reject(error)
      else resolve(stdout)
    })
  })
}
