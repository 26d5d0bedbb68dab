import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Availability, DEFAULT_THRESHOLDS, judge, withFailure, withNews } from '../src/liveness.ts'

type Sight = { kind: 'heard' | 'failed'; afterMs: number }

/** Reads the whole story again for each question. */
function judgeStory(story: Sight[], waitMs: number): Availability {
  const news = story.findLastIndex(({ kind }) => kind === 'heard')
  const since = story.slice(news + 1)
  const silentMs = since.reduce((sum, { afterMs }) => sum + afterMs, waitMs)
  if (silentMs >= 8_000 || since.length >= 2) return 'down'
  return silentMs >= 3_000 || since.length === 1 ? 'suspect' : 'up'
}

test('follows the story of what was heard and what failed', () => {
  const sights = fc.record({
    kind: fc.constantFrom('heard' as const, 'failed' as const),
    afterMs: fc.integer({ min: 0, max: 5_000 }),
  })
  fc.assert(
    fc.property(fc.array(sights), fc.integer({ min: 0, max: 10_000 }), (story, waitMs) => {
      let nowMs = 0
      let evidence = { lastHeardMs: 0, failures: 0 }
      for (const { kind, afterMs } of story) {
        nowMs += afterMs
        evidence = kind === 'heard' ? withNews(evidence, nowMs) : withFailure(evidence)
      }
      const fromStart: Sight[] = [{ kind: 'heard', afterMs: 0 }, ...story]
      expect(judge(evidence, nowMs + waitMs, DEFAULT_THRESHOLDS)).toBe(judgeStory(fromStart, waitMs))
    }),
    { numRuns: 500 },
  )
})
