/**
 * Looks at a unit's directory from outside: verifies every byte that can be verified, tells what a node would find there, and
 * changes nothing. It needs no permission to write, no lock and no running node; of a unit that is in use it sees what is
 * written so far.
 */
import { isExpired } from '../checked-write.ts'
import { readFully } from '../segment/disk.ts'
import { blockBytes, recordBytes } from '../segment/layout.ts'
import { type RecordHeader, recordKinds } from '../segment/record.ts'
import { decodeSegmentHeader } from '../segment/segment-header.ts'
import { segmentFileName, segmentNumber } from '../segment/segments.ts'
import { identityFile, parseIdentity, type UnitIdentity } from '../segment/unit-identity.ts'
import { shardKey } from '../shard-key.ts'
import { StoreError } from '../store-error.ts'
import { checkSegment, type SegmentState } from './check-segment.ts'
import type { ReadableDirectory } from './readable-directory.ts'

export interface UnitProblem {
  readonly file: string
  /** Null: the file as a whole. */
  readonly offsetBytes: number | null
  readonly what: string
}

export interface UnitCheck {
  /** Null when nothing tells. */
  readonly name: string | null
  readonly segments: Readonly<Record<SegmentState | 'unreadable', number>>
  readonly fileBytes: number
  /** Records of all kinds, those that no longer count included. */
  readonly records: number
  /** Shards that can be read, and the bytes of their records. */
  readonly shards: number
  readonly liveBytes: number
  /** Of the records that count, those that have expired. */
  readonly expiredShards: number
  /** Shards that are there and can't be read: 48 hexadecimal digits each, the first thousand. */
  readonly damaged: readonly string[]
  readonly damagedShards: number
  /** The first thousand. */
  readonly problems: readonly UnitProblem[]
  readonly problemCount: number
  /** Files that are no part of a unit. */
  readonly otherFiles: readonly string[]
}

/** Of problems and damaged shards, as many are listed. */
const maximumListed = 1_000
/** What a unit consists of besides segments: identity, lock, and files that were being made. */
const ownFiles = /^(unit\.json|lock|(unit\.json|[0-9a-f]{8}\.segment)\.new)$/

/** The last word on an id. */
interface Word {
  readonly header: RecordHeader
  readonly isIntact: boolean
}

/**
 * @param nowMs milliseconds since the Unix epoch: what has expired by then does not count
 * @throws StoreError UNIT_MISSING when there is nothing of a unit; the system's error when the directory can't be listed
 */
export async function checkUnit(directory: ReadableDirectory, nowMs: number): Promise<UnitCheck> {
  const names = await directory.list()
  const numbers = names.flatMap((name) => segmentNumber(name) ?? [])
  if (numbers.length === 0 && !names.includes(identityFile)) {
    throw new StoreError('UNIT_MISSING', 'the directory holds neither segments nor a unit.json')
  }
  const problems = new Problems()
  const identity = await readIdentity(directory, names, problems)
  const unitId = identity?.id ?? (await unitIdOf(directory, numbers))
  const segments = { sealed: 0, unsealed: 0, foreign: 0, unreadable: 0 }
  const words = new Map<string, Word>()
  let fileBytes = 0
  let records = 0
  for (const number of numbers) {
    const file = segmentFileName(number)
    const record = (header: RecordHeader, isIntact: boolean): void => {
      records += 1
      hear(words, { header, isIntact })
    }
    const problem = (what: string, offsetBytes?: number): void => problems.add(file, what, offsetBytes)
    try {
      await directory.read(file, async (readable) => {
        fileBytes += await readable.sizeBytes()
        segments[await checkSegment(readable, unitId, number, { record, problem })] += 1
      })
    } catch (failure) {
      // A node that is running has just let go of it.
      if ((failure as NodeJS.ErrnoException).code === 'ENOENT') continue
      segments.unreadable += 1
      problem(`it can't be read: ${(failure as Error).message}`)
    }
  }
  const otherFiles = names.filter((name) => segmentNumber(name) === undefined && !ownFiles.test(name))
  const found = { name: identity?.name ?? null, segments, fileBytes, records, ...countShards(words, nowMs) }
  return { ...found, problems: problems.listed, problemCount: problems.count, otherFiles }
}

/** Of two records of an id the one with the higher sequence counts; of two copies, that in the newer segment. */
function hear(words: Map<string, Word>, word: Word): void {
  const key = shardKey(word.header.id)
  const last = words.get(key)?.header
  const { sequence, segment } = word.header
  const isOlder =
    last !== undefined && (sequence < last.sequence || (sequence === last.sequence && segment < last.segment))
  if (!isOlder) words.set(key, word)
}

function countShards(
  words: ReadonlyMap<string, Word>,
  nowMs: number,
): Pick<UnitCheck, 'shards' | 'liveBytes' | 'expiredShards' | 'damaged' | 'damagedShards'> {
  const damaged: string[] = []
  const counts = { shards: 0, liveBytes: 0, expiredShards: 0, damagedShards: 0 }
  for (const { header, isIntact } of words.values()) {
    if (header.kind !== recordKinds.put) continue
    if (isExpired(header.deleteAfterMs, nowMs)) counts.expiredShards += 1
    else if (isIntact) {
      counts.shards += 1
      counts.liveBytes += recordBytes(header.bodyBytes)
    } else {
      counts.damagedShards += 1
      if (damaged.length < maximumListed) damaged.push(Buffer.from(header.id).toString('hex'))
    }
  }
  return { ...counts, damaged }
}

async function readIdentity(
  directory: ReadableDirectory,
  names: readonly string[],
  problems: Problems,
): Promise<UnitIdentity | undefined> {
  if (!names.includes(identityFile)) {
    problems.add(identityFile, 'it is missing')
    return undefined
  }
  const text = await directory
    .read(identityFile, async (file) => String(await readFully(file, Buffer.alloc(4096), 0)))
    .catch(() => '')
  const identity = parseIdentity(text)
  if (identity === undefined) problems.add(identityFile, "it can't be understood")
  return identity
}

/** Without unit.json: whose the first segment says it is. */
async function unitIdOf(directory: ReadableDirectory, numbers: readonly number[]): Promise<Uint8Array> {
  for (const number of numbers) {
    const block = await directory
      .read(segmentFileName(number), (file) => readFully(file, Buffer.alloc(blockBytes), 0))
      .catch(() => Buffer.alloc(0))
    const header = decodeSegmentHeader(block)
    if (header !== undefined) return header.unitId
  }
  return new Uint8Array(16)
}

class Problems {
  readonly listed: UnitProblem[] = []
  count = 0

  add(file: string, what: string, offsetBytes?: number): void {
    this.count += 1
    if (this.listed.length < maximumListed) this.listed.push({ file, offsetBytes: offsetBytes ?? null, what })
  }
}
