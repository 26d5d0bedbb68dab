import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** For new objects: both halves of the space that V8 has for them. */
const newSpaceBytes = 4 << 20
const lookEveryMs = 250

/**
 * Sets V8 up for a process that moves bulk data and does little else; to be called once, when the program starts.
 *
 * - V8 counts what buffers occupy outside its heap against what the heap may grow by before all of it is gone through. A peer's
 *   heap is small, so it may grow by little, and full collections come every 8 MiB of traffic. It may grow by more: when
 *   memory was used once only, puts, gets and nodes took about a third less processor time, for some 10 to 15 MiB more at the
 *   peak. Now that much of it is used again, less than that will do: as fast, and a node stays below 200 MiB.
 * - The room that new objects have is kept at 4 MiB. V8 gives back all but 1 MiB of it when a process has been idle for a while; a
 *   get then goes through it every 6 MiB, and took a quarter more of its reader's time. Left to itself under load it grows to many
 *   times as much: some 25 MiB more at the peak, and no faster.
 * - A request passes through much code, each part of which runs seldom for V8's taste: with few requests at a time a node goes on
 *   compiling for half a minute. Compiled after a quarter of that, it is up to speed after some hundred requests.
 */
export function tuneEngine(): void {
  setFlagsFromString('--heap-growing-percent=140')
  setFlagsFromString(isOldEngine() ? '--interrupt-budget=16000' : '--invocation-count-for-turbofan=750')
  letNewSpaceGrow()
  setInterval(letNewSpaceGrow, lookEveryMs).unref()
}

/** Or not: V8 can be told by how much the space grows, when it does, but not how large it may be once it is running. */
function letNewSpaceGrow(): void {
  const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')
  const isSmall = space !== undefined && space.space_size < newSpaceBytes
  setFlagsFromString(`--semi-space-growth-factor=${isSmall ? 2 : 1}`)
}

/** V8 up to version 11, which Node 20 has, counts executed bytecode; later ones count calls. An unknown flag would be a line on stderr. */
function isOldEngine(): boolean {
  return Number.parseInt(process.versions.v8, 10) < 12
}
