import type { Clock, Timer } from '../ports/clock.ts'

/** Node fires a timer at once when its delay does not fit in 31 bits; longer ones are waited for in legs. */
const longestDelayMs = 2 ** 31 - 1

/** The machine's own time. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer: (delayMs, fire) => new SystemTimer(delayMs, fire),
}

class SystemTimer implements Timer {
  #handle: NodeJS.Timeout | undefined

  constructor(delayMs: number, fire: () => void) {
    if (!(delayMs >= 0)) throw new RangeError(`a delay must be 0 ms or more, not ${delayMs}`)
    this.#wait(delayMs, fire)
  }

  #wait(delayMs: number, fire: () => void): void {
    this.#handle =
      delayMs <= longestDelayMs
        ? setTimeout(fire, delayMs)
        : setTimeout(() => this.#wait(delayMs - longestDelayMs, fire), longestDelayMs)
  }

  cancel(): void {
    clearTimeout(this.#handle)
  }
}
