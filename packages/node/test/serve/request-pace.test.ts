import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RequestPace } from '../../src/serve/request-pace.ts'

test('a peer gets its rate and one burst, whenever it asks, and no more', () => {
  const asks = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 400 })
  fc.assert(
    fc.property(asks, fc.integer({ min: 5, max: 500 }), (gapsMs, requestsPerSecond) => {
      let nowMs = 0
      const pace = new RequestPace({ monotonicMs: () => nowMs }, requestsPerSecond)
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
  const pace = new RequestPace({ monotonicMs: () => nowMs }, 10)
  for (let request = 0; request < 100; request += 1) pace.delayMs('greedy')
  expect(pace.delayMs('greedy')).toBe(9_100)
  for (let request = 0; request < 100; request += 1) {
    nowMs += 100
    expect(pace.delayMs('modest')).toBe(0)
  }
})

test('many peers are not all remembered', () => {
  const pace = new RequestPace({ monotonicMs: () => 0 }, 1)
  pace.delayMs('first')
  pace.delayMs('first')
  expect(pace.delayMs('first')).toBe(2_000)
  for (let peer = 0; peer < 5_000; peer += 1) pace.delayMs(`peer-${peer}`)
  expect(pace.delayMs('first')).toBe(0)
})
