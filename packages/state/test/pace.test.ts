import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Allowance, renewalMs } from '../src/pace.ts'

test('who waits as told sends what is allowed on average, as long as no message takes more than five seconds', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(80_000), { minLength: 1 }), fc.nat(5_000), (costs, gapMs) => {
      const allowance = new Allowance(16_384, 0)
      let [nowMs, sentBytes] = [0, 0]
      for (const cost of costs) {
        sentBytes += cost
        nowMs += Math.max(gapMs, allowance.delayMs(sentBytes, nowMs))
        expect(sentBytes).toBeLessThanOrEqual((16_384 * (nowMs + 30_001)) / 1000)
      }
    }),
  )
})

test('nobody waits who sends less than is allowed, or a burst after silence', () => {
  const allowance = new Allowance(1_000, 0)
  expect([1, 2, 3].map((second) => allowance.delayMs(1_000 * second, 1_000 * second))).toEqual([0, 0, 0])
  expect(allowance.delayMs(33_000, 60_000)).toBe(0)
  expect(allowance.delayMs(35_000, 60_000)).toBe(2_000)
  expect(allowance.delayMs(9_000_000, 60_000)).toBe(5_000)
})

test('renewals take a quarter of the budget, within bounds', () => {
  expect(renewalMs(1_000, 600, 16_384, 1_000)).toBe(Math.round((600_000 * 1000) / 4_096))
  expect([renewalMs(1, 600, 16_384, 1_000), renewalMs(1, 600, 16_384, 10)]).toEqual([5_000, 1_000])
  expect(renewalMs(1e6, 600, 16_384, 1_000)).toBe(3_600_000)
})
