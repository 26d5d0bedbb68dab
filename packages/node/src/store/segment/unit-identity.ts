/**
 * `unit.json`: who the unit is. Segments carry its id, so files of another unit are never taken for our own.
 *
 * It also remembers which segment numbers were used, for the one case in which the files cannot tell: when the segment with
 * the highest number goes. A number names a segment once and for all, or blocks of an old file could pass for its records.
 */
import type { Random } from '../../ports/random.ts'
import { StoreError } from '../store-error.ts'
import { createWhole, type Disk, readFully } from './disk.ts'

export interface UnitIdentity {
  /** Unique within a node. */
  readonly name: string
  /** 16 random bytes. */
  readonly id: Uint8Array
  /** Segments below this number have existed. */
  readonly firstFreeSegment: number
}

export const identityFile = 'unit.json'
const format = 'p2pstore unit'
const version = 1
const largestFileBytes = 4096

/** What every record carries of the unit's id; see record.ts. */
export function unitTagOf(identity: UnitIdentity): Uint8Array {
  return identity.id.subarray(8)
}

/**
 * Reads who the unit is, or gives an empty one a fresh identity.
 * @param name the name it must have, or is to get; by default the one it has, or one made of its id
 * @throws StoreError UNIT_FOREIGN, UNIT_DAMAGED
 */
export async function openIdentity(
  disk: Disk,
  names: readonly string[],
  options: { directory: string; name: string | undefined; random: Random; holdsSegments: boolean },
): Promise<UnitIdentity> {
  const { directory, name, random } = options
  if (!names.includes(identityFile)) {
    if (options.holdsSegments)
      throw new StoreError('UNIT_FOREIGN', `${directory} holds segments, but no ${identityFile}`)
    const id = random.bytes(16)
    const identity = { name: name ?? `unit-${hex(id.subarray(0, 4))}`, id, firstFreeSegment: 1 }
    await saveIdentity(disk, identity)
    return identity
  }
  const identity = parseIdentity(await readWhole(disk))
  if (identity === undefined) throw new StoreError('UNIT_DAMAGED', `${directory}: ${identityFile} cannot be read`)
  if (name !== undefined && identity.name !== name) {
    throw new StoreError('UNIT_FOREIGN', `${directory} belongs to unit ${identity.name}, not ${name}`)
  }
  return identity
}

/** Short enough for receipts, plain enough for records: 1 … 64 visible ASCII characters. */
function isUnitName(name: unknown): name is string {
  return typeof name === 'string' && /^[\x21-\x7e]{1,64}$/.test(name)
}

export async function saveIdentity(disk: Disk, identity: UnitIdentity): Promise<void> {
  const { name, firstFreeSegment } = identity
  const text = JSON.stringify({ format, version, name, id: hex(identity.id), firstFreeSegment }, null, 2)
  const file = await createWhole(disk, identityFile, [Buffer.from(`${text}\n`)])
  await file.close()
}

async function readWhole(disk: Disk): Promise<string> {
  const file = await disk.open(identityFile)
  try {
    return (await readFully(file, Buffer.alloc(largestFileBytes), 0)).toString()
  } finally {
    await file.close()
  }
}

/** Who the text of a `unit.json` names; undefined when it can't be understood. */
export function parseIdentity(text: string): UnitIdentity | undefined {
  try {
    const value = JSON.parse(text)
    const { name, id, firstFreeSegment } = value
    const ours = value.format === format && value.version === version && isUnitName(name)
    if (!ours || !/^[0-9a-f]{32}$/.test(id) || !Number.isSafeInteger(firstFreeSegment)) return undefined
    return { name, id: Buffer.from(id, 'hex'), firstFreeSegment }
  } catch {
    return undefined
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}
