import { expect, test } from 'vitest'
import { Wakefulness } from '../../src/gossip/wakefulness.ts'
import type { Clock } from '../../src/ports/clock.ts'

/** A clock whose timers fire when told to, however late. */
function stoppableClock() {
  let nowMs = 0
  let waiting: (() => void) | undefined
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    setTimer(_delayMs, fire) {
      waiting = fire
      return {
        cancel() {
          waiting = undefined
        },
      }
    },
  }
  const fireAfter = (ms: number): void => {
    nowMs += ms
    waiting?.()
  }
  const pass = (ms: number): void => {
    nowMs += ms
  }
  return { clock, fireAfter, pass, isWaiting: () => waiting !== undefined }
}

test('tells how long the process stood still, and is drowsy for a while after', () => {
  const { clock, fireAfter, pass } = stoppableClock()
  const pauses: number[] = []
  const wakefulness = new Wakefulness(clock, (pausedMs) => pauses.push(pausedMs))
  wakefulness.start()
  fireAfter(700)
  expect([pauses, wakefulness.isDrowsy]).toEqual([[], false])
  pass(10_000)
  expect(wakefulness.isDrowsy).toBe(true)
  fireAfter(500)
  expect([pauses, wakefulness.isDrowsy]).toEqual([[10_000], true])
  for (let i = 0; i < 4; i++) fireAfter(500)
  expect(wakefulness.isDrowsy).toBe(false)
})

test('leaves no timer behind', () => {
  const { clock, fireAfter, isWaiting } = stoppableClock()
  const wakefulness = new Wakefulness(clock, () => {})
  wakefulness.start()
  fireAfter(500)
  wakefulness.stop()
  expect(isWaiting()).toBe(false)
})
