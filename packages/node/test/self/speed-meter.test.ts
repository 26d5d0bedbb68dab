import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SpeedMeter } from '../../src/self/speed-meter.ts'

/** One after the other. */
function measure(durationsMs: readonly number[], bytes = 0): SpeedMeter {
  const meter = new SpeedMeter()
  let nowMs = 0
  for (const durationMs of durationsMs) {
    meter.begin(nowMs)
    nowMs += durationMs
    meter.end(bytes, durationMs, nowMs)
  }
  return meter
}

/** The smallest duration that so great a share of all is not above. */
function quantileUs(durationsMs: readonly number[], share: number): number {
  const sorted = [...durationsMs].sort((a, b) => a - b)
  return Math.max(1, sorted[Math.ceil(sorted.length * share) - 1]! * 1000)
}

test('quantiles are within a tenth of those of all samples, whatever these are', () => {
  const durations = fc.array(fc.double({ min: 0.002, max: 3_000_000, noNaN: true }), { minLength: 8, maxLength: 500 })
  fc.assert(
    fc.property(durations, (durationsMs) => {
      const digest = measure(durationsMs).digest()!
      const pairs = [
        [digest.p50Us, quantileUs(durationsMs, 0.5)],
        [digest.p90Us, quantileUs(durationsMs, 0.9)],
        [digest.p99Us, quantileUs(durationsMs, 0.99)],
      ] as const
      // Half a microsecond more for rounding.
      for (const [told, exact] of pairs) expect(Math.abs(told - exact)).toBeLessThanOrEqual(0.1 * exact + 0.5)
      expect(digest.p50Us).toBeLessThanOrEqual(digest.p90Us)
      expect(digest.p90Us).toBeLessThanOrEqual(digest.p99Us)
    }),
  )
})

test('nothing is told of too few requests, and what takes no time or too long stays within the bounds of a record', () => {
  expect(measure([1, 1, 1, 1, 1, 1, 1]).digest()).toBeUndefined()
  expect(measure(Array.from({ length: 8 }, () => 0)).digest()).toMatchObject({ p50Us: 1, p99Us: 1 })
  expect(measure(Array.from({ length: 8 }, () => 1e9)).digest()!.p99Us).toBeLessThanOrEqual(3_600_000_000)
})

test('the past fades: after as many slow requests as fast ones before, half are slow', () => {
  const fast = Array.from({ length: 20_000 }, () => 1)
  const slow = Array.from({ length: 4_000 }, () => 100)
  const { p50Us, p90Us } = measure([...fast, ...slow]).digest()!
  expect(p50Us).toBeGreaterThan(90_000)
  expect(p90Us).toBeGreaterThan(90_000)
})

test('bytes per second are over the time in which something was under way, once for all that was', () => {
  const meter = new SpeedMeter()
  for (let round = 0; round < 8; round += 1) {
    const startMs = round * 10_000
    meter.begin(startMs)
    meter.begin(startMs + 10)
    meter.end(50_000, 20, startMs + 20)
    meter.end(50_000, 40, startMs + 50)
  }
  expect(meter.digest()!.bytesPerSecond).toBe(2_000_000)
})

test('failed requests take time but are no sample', () => {
  const meter = measure(
    Array.from({ length: 8 }, () => 10),
    1_000,
  )
  meter.begin(80)
  meter.end(undefined, 80, 160)
  expect(meter.digest()).toMatchObject({ bytesPerSecond: 50_000 })
  expect(meter.digest()!.p99Us).toBeLessThan(11_000)
})
