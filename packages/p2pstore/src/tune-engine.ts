import { setFlagsFromString } from 'node:v8'

/**
 * Sets V8 up for a process that moves bulk data and does little else; to be called when the program starts.
 *
 * - V8 counts what buffers occupy outside its heap against what the heap may grow by before all of it is gone through. A peer's
 *   heap is small, so it may grow by little, and full collections come every 8 MiB of traffic. It may grow by more: when
 *   memory was used once only, puts, gets and nodes took about a third less processor time, for some 10 to 15 MiB more at the
 *   peak. Now that much of it is used again, less than that will do: as fast, and a node stays below 200 MiB.
 * - Most buffers are found by the frequent small collections anyway, which come as often however much room new objects have. That
 *   stays as it is at the start: some 25 MiB less.
 * - A request passes through much code, each part of which runs seldom for V8's taste: with few requests at a time a node goes on
 *   compiling for half a minute. Compiled after a quarter of that, it is up to speed after some hundred requests.
 */
export function tuneEngine(): void {
  setFlagsFromString('--heap-growing-percent=140')
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString(isOldEngine() ? '--interrupt-budget=16000' : '--invocation-count-for-turbofan=750')
}

/** V8 up to version 11, which Node 20 has, counts executed bytecode; later ones count calls. An unknown flag would be a line on stderr. */
function isOldEngine(): boolean {
  return Number.parseInt(process.versions.v8, 10) < 12
}
