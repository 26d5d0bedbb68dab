/**
 * Moving a shard from a unit to another one of the node. It is durable in the other before it goes from the first, so a crash
 * at any moment leaves one copy or two; and of two the one in the other counts, because units that are being emptied, or have
 * been away, yield to those that are in use. Readers, writers and deleters of the shard wait for their turn meanwhile, or see
 * one of the copies.
 */
import { Uint8ArrayList } from 'uint8arraylist'
import type { ShardLocation } from '../../ports/shard-store.ts'
import type { Turns } from '../segment/turns.ts'
import { shardKey } from '../shard-key.ts'
import { StoreError } from '../store-error.ts'
import { hasCode, type Unit } from './unit.ts'
import type { UnitSet } from './unit-set.ts'

/**
 * - `moved`: the unit does not hold it any more, or need not.
 * - `damaged`: its bytes are not what was stored; nobody needs them elsewhere.
 * - `no-room`: no other unit takes it now.
 * - `unreadable`: the unit does not let it be read now.
 */
export type MoveOutcome = 'moved' | 'damaged' | 'no-room' | 'unreadable'

export interface MoveComponents {
  readonly units: UnitSet
  readonly turns: Turns
}

export async function moveShard(id: Uint8Array, source: Unit, { units, turns }: MoveComponents): Promise<MoveOutcome> {
  const release = await turns.take(shardKey(id))
  try {
    return await moveInTurn(id, source, units)
  } finally {
    release()
  }
}

/** The same for who has the shard's turn. */
export async function moveInTurn(id: Uint8Array, source: Unit, units: UnitSet): Promise<MoveOutcome> {
  const location = source.stat(id)
  if (location === undefined) return 'moved'
  const outcome = await copyTo(await counting(id, source, units), id, location, source, units)
  // A unit that can't be written to keeps its copy, and yields all the same.
  if (outcome === 'moved') await source.delete(id).catch(ignoreTrouble)
  return outcome
}

/**
 * Another unit whose copy counts at least as much; not one that holds what was deleted while it was away, or can't tell.
 */
async function counting(id: Uint8Array, source: Unit, units: UnitSet): Promise<Unit | undefined> {
  for (const unit of units.holders(id)) {
    if (unit === source || unit.rank > source.rank) continue
    if (!(await unit.isLeftover(id).catch(() => true))) return unit
  }
  return undefined
}

async function copyTo(
  known: Unit | undefined,
  id: Uint8Array,
  location: ShardLocation,
  source: Unit,
  units: UnitSet,
): Promise<MoveOutcome> {
  const { checksum, deleteAfterMs, lengthBytes } = location
  let holder = known
  try {
    const runId = await source.runOf(id)
    // Of what was deleted while the unit was away no copy may be made: it would count.
    if (runId === undefined || source.hasLeftoversOf(runId)) return 'moved'
    const body = await source.get(id)
    if (body === undefined) return 'moved'
    const write = { id, runId, body: new Uint8ArrayList(body), checksum, deleteAfterMs }
    const tried = new Set([source])
    for (;;) {
      const target = holder ?? units.choose(lengthBytes, tried)
      if (target === undefined) return 'no-room'
      try {
        // Where it is already, this reads it, and puts right what is damaged.
        await target.put(write, {})
        return 'moved'
      } catch (error) {
        if (hasCode(error, 'SHARD_EXPIRED')) return 'moved'
        tried.add(target)
        if (hasCode(error, 'SHARD_CONFLICT')) {
          // The other has something newer. Unless it was away too: then nobody knows, and what isn't known to be deleted
          // must not be lost.
          if (target.rank < source.rank) return 'moved'
          holder = undefined
          continue
        }
        ignoreTrouble(error)
        if (target === holder) return 'no-room'
        await target.delete(id).catch(ignoreTrouble)
      }
    }
  } catch (error) {
    const isDamaged = hasCode(error, 'SHARD_CORRUPT')
    if (!isDamaged && !isTrouble(error)) throw error
    if (holder !== undefined) return 'moved'
    return isDamaged ? 'damaged' : 'unreadable'
  }
}

/** What a unit may answer that is not well, or has no room. */
export function isTrouble(error: unknown): error is StoreError {
  const codes: readonly unknown[] = ['STORE_FAILED', 'STORE_FULL', 'STORE_CLOSED']
  return error instanceof StoreError && codes.includes(error.code)
}

function ignoreTrouble(error: unknown): void {
  if (!isTrouble(error)) throw error
}
