import type { Dice } from '../dice.ts'

/** How long a fault lasts: mostly short, at most longer than any timeout of the code under test but the longest. */
export function lastingMs(dice: Dice): number {
  return dice.magnitude(20_000)
}
