/** No acknowledged object is lost while losses stay within tolerance: once all is mended, every one of them reads back. */
import type { Driver } from '../cluster.ts'
import { get } from '../operations.ts'
import { Violation } from '../violation.ts'
import type { World } from '../world.ts'

/** @throws Violation durability */
export async function everythingReadsBack(world: World, reader: Driver): Promise<void> {
  for (const deposit of world.ledger.stored) {
    try {
      await get(world, reader, deposit)
    } catch (cause) {
      if (!(cause instanceof Violation) || cause.checker !== 'availability') throw cause
      throw new Violation('durability', `${deposit.name} is lost: ${cause.message}`, { cause })
    }
  }
}
