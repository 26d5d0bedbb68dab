import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RateLimit } from '../../src/clock/rate-limit.ts'

test('a peer gets its rate and one burst, whenever it asks, and no more', () => {
  const asks = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 400 })
  fc.assert(
    fc.property(asks, fc.integer({ min: 5, max: 500 }), (gapsMs, requestsPerSecond) => {
      let nowMs = 0
      const pace = new RateLimit(
        { monotonicMs: () => nowMs },
        { perSecond: requestsPerSecond, burst: requestsPerSecond },
      )
      const startsMs = gapsMs.map((gapMs) => {
        nowMs += gapMs
        return nowMs + pace.delayMs('peer')
      })
      startsMs.forEach((startMs, index) => {
        const inWindow = startsMs.filter((otherMs) => otherMs >= startMs - 1_000 && otherMs <= startMs).length
        expect(inWindow, `request ${index}`).toBeLessThanOrEqual(2 * requestsPerSecond + 1)
      })
      expect(startsMs.at(-1)! - nowMs).toBeLessThanOrEqual((gapsMs.length / requestsPerSecond) * 1_000)
    }),
  )
})

test('peers do not wait for each other, and who keeps to the rate never waits', () => {
  let nowMs = 0
  const pace = new RateLimit({ monotonicMs: () => nowMs }, { perSecond: 10, burst: 10 })
  for (let request = 0; request < 100; request += 1) pace.delayMs('greedy')
  expect(pace.delayMs('greedy')).toBe(9_100)
  for (let request = 0; request < 100; request += 1) {
    nowMs += 100
    expect(pace.delayMs('modest')).toBe(0)
  }
})

test('many peers are not all remembered', () => {
  const pace = new RateLimit({ monotonicMs: () => 0 }, { perSecond: 1, burst: 1 })
  pace.delayMs('first')
  pace.delayMs('first')
  expect(pace.delayMs('first')).toBe(2_000)
  for (let peer = 0; peer < 5_000; peer += 1) pace.delayMs(`peer-${peer}`)
  expect(pace.delayMs('first')).toBe(0)
})

test('what can only be taken or refused is taken up to the rate, and refusals cost nothing', () => {
  const attempts = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 400 })
  fc.assert(
    fc.property(
      attempts,
      fc.integer({ min: 5, max: 500 }),
      fc.integer({ min: 1, max: 50 }),
      (gapsMs, perSecond, burst) => {
        let nowMs = 0
        const limit = new RateLimit({ monotonicMs: () => nowMs }, { perSecond, burst })
        let taken = 0
        for (const gapMs of gapsMs) {
          nowMs += gapMs
          if (limit.admits('address')) taken += 1
          expect(taken).toBeLessThanOrEqual(burst + (nowMs * perSecond) / 1_000 + 1)
        }
        expect(limit.admits('another')).toBe(true)
        nowMs += 1_000 / perSecond
        expect(limit.admits('address')).toBe(true)
      },
    ),
  )
})
