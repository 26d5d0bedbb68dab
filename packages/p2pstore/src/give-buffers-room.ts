import { setFlagsFromString } from 'node:v8'

/**
 * Lets this process move bulk data with less garbage collection; for the start of a program that does little else. Puts, gets
 * and nodes take about a third less processor time with it, for some 10 to 15 MiB more at the peak.
 *
 * V8 counts what buffers occupy outside its heap against what the heap may grow by before all of it is gone through. A peer's
 * heap is small, so it may grow by little, and full collections come every 8 MiB of traffic. Most buffers are short-lived and
 * found by the frequent small collections anyway, which come as often however much room new objects have: that may stay as it
 * is at the start, 30 MiB less.
 */
export function giveBuffersRoom(): void {
  setFlagsFromString('--heap-growing-percent=200')
  setFlagsFromString('--semi-space-growth-factor=1')
}
