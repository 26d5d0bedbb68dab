import { setTimeout as pause } from 'node:timers/promises'
import type { Session } from './session.ts'

const intervalMs = 1_000
/** Clears the screen and goes to its top. */
const clearScreen = '\u001b[2J\u001b[H'

/**
 * Shows something again and again until the command is interrupted: to people every second, in place of what was there; as
 * JSON a line when its lasting part has changed.
 */
export async function watch<T>(
  { settings, surroundings, signal }: Session,
  look: () => T,
  describe: (seen: T) => string,
  lastingPart: (seen: T) => unknown,
): Promise<void> {
  let shown: string | undefined
  while (!signal.aborted) {
    const seen = look()
    const lasting = JSON.stringify(lastingPart(seen))
    if (!settings.json) surroundings.stdout.write(`${clearScreen}${describe(seen)}\n`)
    else if (lasting !== shown) surroundings.stdout.write(`${JSON.stringify(seen)}\n`)
    shown = lasting
    await pause(intervalMs, undefined, { signal }).catch(() => {})
  }
}
