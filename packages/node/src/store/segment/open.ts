/**
 * A store in a directory: an append-only log of segment files. Nothing is ever overwritten. A put appends a record, a
 * delete appends a tombstone, and the newest record of an id counts. An index in memory says where each shard is; it is
 * rebuilt from the segments' footers when the store opens. Room comes back by unlinking whole segments: of a day that
 * is over, of which nothing is left, or whose rest was copied elsewhere.
 *
 * The walk of a put: shard-writer (turns, what is there already) → appender (groups) → segment-writer (write, sync) →
 * index. Of a get: index → shard-reader. Between two groups the tidier unlinks; beside them the compactor copies.
 * layout.ts draws the files, docs/format.md gives every byte.
 *
 * Ideas: log-structured storage (Rosenblum and Ousterhout, "The Design and Implementation of a Log-Structured File System",
 * 1992) with the in-memory index of Bitcask; self-describing records and expiry by day as object stores use them.
 */
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import type { UnitStore } from '../../ports/shard-store.ts'
import { diskFailure } from '../store-error.ts'
import { type DirectoryLock, type Disk, unfinishedSuffix } from './disk.ts'
import { openNodeDisk } from './node-disk.ts'
import { recoverSegment, sealRecovered, type Unsealed } from './recover.ts'
import { Replay } from './replay.ts'
import { SegmentStore } from './segment-store.ts'
import { Segments, segmentNumber } from './segments.ts'
import { Space } from './space.ts'
import { openIdentity } from './unit-identity.ts'

export interface SegmentStoreOptions {
  /** Made when it is not there. */
  readonly directory: string
  /** Name of the unit, at most 64 characters. Default: the name the directory has, or a fresh one. */
  readonly unit?: string
  /** What the files may occupy, at least 1 MiB. */
  readonly capacityBytes: number
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Default: the directory itself. Another one is for tests; `directory` then only serves messages. */
  readonly disk?: Disk
  /**
   * Length at which a segment is sealed: 64 KiB … 1 GiB. Default: a sixteenth of the capacity, so that the reserve has room
   * for the copy of one, at most 256 MiB. A record that is longer fits all the same.
   */
  readonly segmentBytes?: number
  /** Most that gathers in memory while the group before is written: 64 KiB … 256 MiB, default 8 MiB. */
  readonly groupBytes?: number
}

/**
 * @throws StoreError DIRECTORY_IN_USE, UNIT_FOREIGN, UNIT_DAMAGED, STORE_FAILED, STORE_FULL
 * @throws RangeError when an option is out of range
 */
export async function openSegmentStore(options: SegmentStoreOptions): Promise<UnitStore> {
  const { segmentBytes = defaultSegmentBytes(options), groupBytes = 8 << 20 } = options
  checkRange('capacityBytes', options.capacityBytes, 1 << 20, Number.MAX_SAFE_INTEGER)
  checkRange('segmentBytes', segmentBytes, 1 << 16, 1 << 30)
  checkRange('groupBytes', groupBytes, 1 << 16, 256 << 20)
  checkRange('length of the unit name', options.unit?.length ?? 1, 1, 64)
  let lock: DirectoryLock | undefined
  try {
    const disk = options.disk ?? (await openNodeDisk(options.directory))
    lock = await disk.lock()
    return await openUnit(options, disk, lock, { segmentBytes, groupBytes })
  } catch (error) {
    await lock?.unlock()
    throw diskFailure(`cannot open ${options.directory}`, error)
  }
}

async function openUnit(
  options: SegmentStoreOptions,
  disk: Disk,
  lock: DirectoryLock,
  sizes: { segmentBytes: number; groupBytes: number },
): Promise<UnitStore> {
  const { directory, clock, random, unit: name } = options
  const names = await disk.list()
  const numbers = names.flatMap((fileName) => segmentNumber(fileName) ?? []).sort((a, b) => a - b)
  const identity = await openIdentity(disk, names, { directory, name, random, holdsSegments: numbers.length > 0 })
  const logger = options.logger.child({ unit: identity.name })
  await removeUnfinished(disk)
  // What a killed run unlinked is gone for us; it must not come back after we unlinked more.
  await disk.syncDirectory()

  const recovery = { disk, logger, identity, segments: new Segments(), replay: new Replay(random.uint32()) }
  const unsealed: Unsealed[] = []
  for (const number of numbers) {
    const found = await recoverSegment(recovery, number)
    if (found !== undefined) unsealed.push(found)
  }
  const { index, unsure } = recovery.replay.finish(recovery.segments)

  const space = new Space(disk, clock, options.capacityBytes)
  await space.refresh()
  const firstSequence = recovery.replay.newestSequence + 1
  const firstSegment = Math.max(identity.firstFreeSegment, (numbers.at(-1) ?? 0) + 1)
  const components = { disk, clock, logger, lock, identity, segments: recovery.segments, index, space }
  const store = new SegmentStore(components, { ...sizes, firstSequence, firstSegment })
  try {
    await store.finishLastRun(unsure, async () => {
      for (const found of unsealed) await sealRecovered(recovery, found)
    })
  } catch (error) {
    await store.close()
    throw error
  }
  return store
}

function defaultSegmentBytes({ capacityBytes }: SegmentStoreOptions): number {
  return Math.min(256 << 20, Math.max(1 << 16, Math.floor(capacityBytes / 16)))
}

/** Files that were being made when the last run ended; nothing in them was promised to anyone. */
async function removeUnfinished(disk: Disk): Promise<void> {
  const names = await disk.list()
  const unfinished = names.filter((name) => /^(unit\.json|[0-9a-f]{8}\.segment)$/.test(finishedName(name)))
  for (const name of unfinished) await disk.unlink(name)
}

function finishedName(name: string): string {
  return name.endsWith(unfinishedSuffix) ? name.slice(0, -unfinishedSuffix.length) : ''
}

function checkRange(what: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new RangeError(`${what} must be a whole number from ${least} to ${most}`)
  }
}
