/** The units of a home, open. While they are, nobody else can have the home open. */
import { readFile, stat, statfs } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { UnitStore } from '../ports/shard-store.ts'
import { readCredentials } from '../store/external/credentials.ts'
import { openExternalUnit } from '../store/external/open.ts'
import { prefixed } from '../store/external/prefixed.ts'
import { S3Bucket } from '../store/external/s3-bucket.ts'
import { lockDirectory } from '../store/segment/directory-lock.ts'
import { openSegmentStore } from '../store/segment/open.ts'
import { identityFile, parseIdentity } from '../store/segment/unit-identity.ts'
import { StoreError } from '../store/store-error.ts'
import { askDisk } from '../store/units/disk-verdict.ts'
import {
  type BucketPlace,
  describePlace,
  isSamePlace,
  leastCapacityBytes,
  mostCapacityBytes,
  newEntry,
  type UnitEntry,
  type UnitPlace,
} from '../store/units/unit-entry.ts'
import { openUnits, type Units } from '../store/units/units.ts'
import { readUnits, writeUnits } from './units-file.ts'

export interface HomeUnitsOptions {
  /** The node's own. */
  readonly peerId: string
  readonly directory: string
  /** A unit that must be among them, absolute or relative to the working directory. Default: as it is remembered. */
  readonly storeDirectory?: string | undefined
  /** What the first unit may occupy unless it has been resized. Default: its whole file system, less a reserve. */
  readonly capacityBytes?: number | undefined
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** @throws HomeError HOME_INVALID; StoreError DIRECTORY_IN_USE, or why none of the units can be opened */
export async function openHomeUnits(options: HomeUnitsOptions): Promise<Units> {
  const { directory, clock, random, logger, storeDirectory } = options
  const lock = await lockDirectory(directory)
  try {
    const home = resolve(directory)
    const known = await readUnits(directory)
    const entries =
      storeDirectory === undefined ? known.units : await withStore(known.units, home, resolve(storeDirectory))
    const first = entries[0]?.place
    const capacityOf = async ({ capacityBytes, place }: UnitEntry): Promise<number> => {
      if (capacityBytes !== null) return capacityBytes
      if (place === first && options.capacityBytes !== undefined) return options.capacityBytes
      return place.kind === 'directory' ? fileSystemBytes(resolve(home, place.path)) : mostCapacityBytes
    }
    const open = async (entry: UnitEntry): Promise<UnitStore> => {
      const { name, place } = entry
      const opening = { name, clock, random, logger }
      if (place.kind === 's3') {
        return openBucket(place, { ...opening, capacityBytes: await capacityOf(entry), owner: options.peerId })
      }
      const path = resolve(home, place.path)
      try {
        return await openDirectory(path, { ...opening, capacityBytes: await capacityOf(entry) })
      } catch (failure) {
        throw name === null ? asUnusable(path, failure) : failure
      }
    }
    return await openUnits(
      { ...known, units: entries },
      {
        clock,
        random,
        logger,
        capacityOf,
        open,
        isAt: (entry, place) => isSamePlace(inFull(entry.place, home), inFull(place, home)),
        look: async ({ place, name }) => {
          if (place.kind === 'directory' && name !== null) await assertUnit(resolve(home, place.path), name)
        },
        askDisk: async ({ place }) => (place.kind === 'directory' ? askDisk(resolve(home, place.path)) : 'unknown'),
        save: (remembered) => writeUnits(directory, remembered),
        release: () => lock.unlock(),
      },
    )
  } catch (failure) {
    await lock.unlock()
    throw failure
  }
}

interface Opening {
  /** Null: a unit that is not there is made. */
  readonly name: string | null
  readonly capacityBytes: number
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

async function openDirectory(directory: string, { name, ...parts }: Opening): Promise<UnitStore> {
  if (name !== null) await assertUnit(directory, name)
  return openSegmentStore({ directory, ...(name === null ? {} : { unit: name }), ...parts })
}

/** What is not, and can't become, a directory that the node may write to. */
const unusable = ['ENOTDIR', 'EEXIST', 'EACCES', 'EPERM', 'EROFS', 'ELOOP', 'ENAMETOOLONG', 'ENOENT']

/** Of what keeps a new unit from being made: whether another place must be named. */
function asUnusable(path: string, failure: unknown): unknown {
  const cause = failure instanceof StoreError ? failure.cause : failure
  const { code, message } = (cause ?? {}) as NodeJS.ErrnoException
  if (code === undefined || !unusable.includes(code)) return failure
  const reason = code === 'EEXIST' || code === 'ENOTDIR' ? 'it is not a directory, nor below one' : message
  return new StoreError('UNIT_UNUSABLE', `${path} can't be a unit: ${reason}`, { cause })
}

async function openBucket(place: BucketPlace, opening: Opening & { readonly owner: string }): Promise<UnitStore> {
  const { endpoint, region, bucket, prefix, credentialsFile } = place
  const credentials = await readCredentials(credentialsFile, process.env)
  const whole = new S3Bucket({ endpoint, region, bucket, credentials, clock: opening.clock })
  return openExternalUnit({ ...opening, bucket: prefixed(whole, prefix), place: describePlace(place) })
}

function inFull(place: UnitPlace, home: string): UnitPlace {
  return place.kind === 'directory' ? { kind: 'directory', path: resolve(home, place.path) } : place
}

/** The units with the one that was asked for among them: known by its place, by its name since it was moved, or new. */
async function withStore(entries: readonly UnitEntry[], home: string, path: string): Promise<readonly UnitEntry[]> {
  const isThere = ({ place }: UnitEntry): boolean => place.kind === 'directory' && resolve(home, place.path) === path
  if (entries.some(isThere)) return entries
  const place: UnitPlace = { kind: 'directory', path }
  const name = await unitNameAt(path)
  const used = entries.filter((entry) => entry.name !== null)
  if (!used.some((entry) => entry.name === name)) return [newEntry(place), ...used]
  return used.map((entry) => (entry.name === name ? { ...entry, place } : entry))
}

async function unitNameAt(path: string): Promise<string | undefined> {
  const text = await readFile(join(path, identityFile), 'utf8').catch(() => '')
  return parseIdentity(text)?.name
}

/** Where a disk is not mounted there is often an empty directory, which must not become a unit of the disk below. */
async function assertUnit(path: string, name: string): Promise<void> {
  const present = await stat(join(path, identityFile)).catch(() => undefined)
  if (present === undefined)
    throw new StoreError('UNIT_MISSING', `${path} does not hold unit ${name}; is its disk there?`)
}

/** Of the file system that a directory is on, or will be on once it is made. */
async function fileSystemBytes(directory: string): Promise<number> {
  for (let path = directory; ; path = resolve(path, '..')) {
    try {
      const { bsize, blocks } = await statfs(path)
      const bytes = Math.min(bsize * blocks, mostCapacityBytes)
      if (bytes >= leastCapacityBytes) return bytes
      throw new StoreError('STORE_FULL', `the file system of ${directory} has no room for a unit`)
    } catch (failure) {
      if ((failure as NodeJS.ErrnoException).code !== 'ENOENT' || path === resolve(path, '..')) throw failure
    }
  }
}
