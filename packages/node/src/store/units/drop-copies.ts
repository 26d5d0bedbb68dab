import { shardKey } from '../shard-key.ts'
import { idsOf } from './empty-unit.ts'
import { type MoveComponents, moveInTurn } from './move-shard.ts'
import type { Unit } from './unit.ts'

/** Deletes from a unit what was deleted while it was away, and what others hold; unless it fails meanwhile. */
export async function dropCopies(unit: Unit, { units, turns }: MoveComponents, closing: AbortSignal): Promise<void> {
  for (const id of idsOf(unit)) {
    if (closing.aborted || unit.failure !== undefined) return
    // A put may be under way that chose another unit before this one was back.
    const release = await turns.take(shardKey(id))
    try {
      if (await unit.isLeftover(id).catch(() => false)) await unit.delete(id)
      else if (units.holders(id).length > 1) await moveInTurn(id, unit, units)
    } finally {
      release()
    }
  }
}
