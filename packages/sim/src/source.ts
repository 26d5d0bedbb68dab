import type { Dice } from './dice.ts'
import type { World } from './world.ts'

/** A source that breaks on purpose. */
export class SourceGaveUp extends Error {}

/** Hands out bytes in pieces of any size, with pauses, and may break before the end. */
export async function* slowSource(
  world: World,
  dice: Dice,
  bytes: Uint8Array,
  options: { breaksAt?: number | undefined } = {},
): AsyncGenerator<Uint8Array> {
  const { breaksAt = Number.POSITIVE_INFINITY } = options
  for (let offset = 0; offset < bytes.length; ) {
    if (offset >= breaksAt) throw new SourceGaveUp(`gave up after ${offset} bytes`)
    const end = Math.min(bytes.length, offset + dice.magnitude(1 << 18))
    if (dice.chance(20)) await world.sleep(dice.integer(1, 500))
    yield bytes.subarray(offset, end)
    offset = end
  }
}
