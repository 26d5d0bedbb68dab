import { describe, expect, it } from 'vitest'
import type { Clock } from '../../src/ports/clock.ts'

/** What every clock must do. `settle` waits for a promise, letting time pass if it is virtual. */
export function testClock(
  name: string,
  harness: () => { clock: Clock; settle<T>(promise: Promise<T>): Promise<T> },
): void {
  describe(`${name} as a clock`, () => {
    it('calls once, later, and not before the time', async () => {
      const { clock, settle } = harness()
      const startMs = clock.monotonicMs()
      let count = 0
      const firedMs = settle(
        new Promise<number>((resolve) => {
          clock.setTimer(20, () => {
            count += 1
            resolve(clock.monotonicMs())
          })
        }),
      )
      expect(count).toBe(0)
      // Node may fire up to a millisecond early.
      expect((await firedMs) - startMs).toBeGreaterThanOrEqual(19)
      await settle(timer(clock, 5))
      expect(count).toBe(1)
    })

    it('calls in the order of due times, and of setting where those are equal', async () => {
      const { clock, settle } = harness()
      const order: string[] = []
      clock.setTimer(30, () => order.push('third'))
      clock.setTimer(5, () => order.push('first'))
      clock.setTimer(5, () => order.push('second'))
      await settle(timer(clock, 40))
      expect(order).toEqual(['first', 'second', 'third'])
    })

    it('calls after 0 ms, but not at once', async () => {
      const { clock, settle } = harness()
      let isSet = false
      const fired = new Promise<boolean>((resolve) => {
        clock.setTimer(0, () => resolve(isSet))
      })
      isSet = true
      expect(await settle(fired)).toBe(true)
    })

    it('forgets a call that was cancelled', async () => {
      const { clock, settle } = harness()
      let count = 0
      const cancelled = clock.setTimer(5, () => {
        count += 1
      })
      cancelled.cancel()
      cancelled.cancel()
      const fired = clock.setTimer(6, () => {
        count += 10
      })
      await settle(timer(clock, 15))
      fired.cancel()
      expect(count).toBe(10)
    })

    it('never runs backwards, and tells the date', async () => {
      const { clock, settle } = harness()
      const [dateMs, startMs] = [clock.nowMs(), clock.monotonicMs()]
      await settle(timer(clock, 3))
      expect(clock.monotonicMs()).toBeGreaterThan(startMs)
      expect(clock.nowMs()).toBeGreaterThanOrEqual(dateMs)
      expect(new Date(dateMs).getUTCFullYear()).toBeGreaterThanOrEqual(2024)
    })

    it('refuses a delay that is none', () => {
      const { clock } = harness()
      expect(() => clock.setTimer(-1, () => {})).toThrow(RangeError)
      expect(() => clock.setTimer(Number.NaN, () => {})).toThrow(RangeError)
    })
  })
}

function timer(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(delayMs, resolve)
  })
}
