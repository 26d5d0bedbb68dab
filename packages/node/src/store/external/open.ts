/**
 * Opens a unit in an external system. What says whose it is lies beside its shards, written only where there was nothing: a
 * bucket, or a part of it, is never used by two nodes at a time.
 */
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import type { UnitStore } from '../../ports/shard-store.ts'
import { shardKey } from '../shard-key.ts'
import { StoreError } from '../store-error.ts'
import type { Bucket } from './bucket.ts'
import { ExternalStore } from './external-store.ts'
import { formatShardName, parseShardName, type ShardName, shardsPrefix } from './shard-name.ts'

export interface ExternalUnitOptions {
  /** Keys in it begin with the unit's own prefix already. */
  readonly bucket: Bucket
  /** What it is called for people. */
  readonly place: string
  /** Peer id of the node. */
  readonly owner: string
  /** The name it must have; null: a unit that is not there is made. */
  readonly name: string | null
  readonly capacityBytes: number
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

const identityKey = 'unit.json'
const format = 'p2pstore external unit'
const version = 1

/** @throws StoreError UNIT_MISSING, UNIT_FOREIGN, UNIT_DAMAGED, STORE_FAILED */
export async function openExternalUnit(options: ExternalUnitOptions): Promise<UnitStore> {
  const { bucket, capacityBytes, clock, logger } = options
  const name = await openIdentity(options)
  const { shards, strays, lastSequence } = await listShards(bucket)
  for (const stray of strays) await bucket.remove(formatShardName(stray))
  const init = { name, capacityBytes, shards, firstSequence: lastSequence + 1 }
  return new ExternalStore({ bucket, clock, logger: logger.child({ unit: name }) }, init)
}

async function openIdentity({ bucket, place, owner, name, random }: ExternalUnitOptions): Promise<string> {
  const present = await bucket.read(identityKey)
  if (present === undefined && name !== null) {
    throw new StoreError('UNIT_MISSING', `${place} does not hold unit ${name}; is it the right bucket?`)
  }
  if (present === undefined) {
    const fresh = `unit-${Buffer.from(random.bytes(4)).toString('hex')}`
    const text = JSON.stringify({ format, version, name: fresh, owner }, undefined, 2)
    await bucket.create(identityKey, Buffer.from(`${text}\n`))
  }
  // Whoever was first is read back, whichever of our own tries it was.
  const identity = parse(present ?? (await bucket.read(identityKey)))
  if (identity === undefined) throw new StoreError('UNIT_DAMAGED', `${place}: ${identityKey} can't be read`)
  if (identity.owner !== owner) {
    const advice = `if that one is no more, delete ${identityKey} there, and the unit is made anew with what it holds`
    throw new StoreError('UNIT_FOREIGN', `${place} belongs to node ${identity.owner}; ${advice}`)
  }
  if (name !== null && identity.name !== name) {
    throw new StoreError('UNIT_FOREIGN', `${place} is unit ${identity.name}, not ${name}`)
  }
  return identity.name
}

function parse(bytes: Buffer | undefined): { name: string; owner: string } | undefined {
  try {
    const { format: itsFormat, version: itsVersion, name, owner } = JSON.parse(String(bytes))
    const isOurs = itsFormat === format && itsVersion === version && typeof owner === 'string'
    return isOurs && /^[\x21-\x7e]{1,64}$/.test(name) ? { name, owner } : undefined
  } catch {
    return undefined
  }
}

/** Of each shard the object that counts; the others, the oldest first. */
async function listShards(
  bucket: Bucket,
): Promise<{ shards: readonly ShardName[]; strays: readonly ShardName[]; lastSequence: number }> {
  const newest = new Map<string, ShardName>()
  const strays: ShardName[] = []
  let lastSequence = 0
  for await (const { key } of bucket.list(shardsPrefix)) {
    const name = parseShardName(key)
    if (name === undefined) continue
    lastSequence = Math.max(lastSequence, name.sequence)
    const other = newest.get(shardKey(name.id))
    const [winner, loser] = other !== undefined && other.sequence > name.sequence ? [other, name] : [name, other]
    newest.set(shardKey(name.id), winner)
    if (loser !== undefined) strays.push(loser)
  }
  strays.sort((a, b) => a.sequence - b.sequence)
  return { shards: [...newest.values()], strays, lastSequence }
}
