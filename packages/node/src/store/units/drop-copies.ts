import { idsOf } from './empty-unit.ts'
import { type MoveComponents, moveShard } from './move-shard.ts'
import type { Unit } from './unit.ts'

/** Deletes from a unit what others hold, unless it fails meanwhile. */
export async function dropCopies(unit: Unit, components: MoveComponents, closing: AbortSignal): Promise<void> {
  for (const id of idsOf(unit)) {
    if (closing.aborted || unit.failure !== undefined) return
    if (components.units.holders(id).length > 1) await moveShard(id, unit, components)
  }
}
