/**
 * Nothing partial looks complete: of a put that failed and of an object that was removed nothing is left on any disk, unless
 * machines were away that should have deleted it.
 */
import { Violation } from '../violation.ts'
import type { World } from '../world.ts'

/** @throws Violation leftovers */
export function nothingIsLeftOver(world: World): void {
  for (const { name, disk } of world.cluster.up) {
    for (const id of disk.ids()) {
      const owner = world.ledger.ownerOf(disk.stat(id)?.deleteAfterMs ?? 0)
      if (owner === undefined) throw new Violation('leftovers', `${name} holds something that nobody has put`)
      const isGone = owner.state === 'failed' || owner.state === 'removed'
      if (!isGone || owner.mayRemain) continue
      const what = Buffer.from(id).toString('hex', 16)
      throw new Violation('leftovers', `${name} still holds ${what} of ${owner.name}, which is ${owner.state}`)
    }
  }
}
