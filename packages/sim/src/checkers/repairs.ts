/** With all machines there, a repair brings back everything that was lost, and a check then finds nothing wrong. */
import type { Driver } from '../cluster.ts'
import { repair, verify } from '../operations.ts'
import { Violation } from '../violation.ts'
import type { World } from '../world.ts'

/** @throws Violation repair */
export async function everythingCanBeRepaired(world: World, driver: Driver): Promise<void> {
  for (const deposit of world.ledger.stored) {
    if (!(await repair(world, driver, deposit))) {
      throw new Violation('repair', `the repair of ${deposit.name} is not complete with all machines there`)
    }
    if (!(await verify(world, driver, deposit))) {
      throw new Violation('repair', `${deposit.name} is not healthy right after a complete repair`)
    }
  }
}
