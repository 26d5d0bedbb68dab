import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Availability,
  type Evidence,
  firstEvidence,
  judge,
  reasonsOf,
  withFailure,
  withNews,
  withVoucher,
} from '../src/liveness.ts'
import { accused, suspicionTimeoutMs } from '../src/suspicion.ts'

const renewMs = 1_000
const members = 9

type Sight = { kind: 'heard' | 'failed' | 'vouched' | 'accused'; afterMs: number; accuser: string }

const sights: fc.Arbitrary<Sight> = fc.record({
  kind: fc.constantFrom('heard', 'failed', 'vouched', 'accused'),
  afterMs: fc.integer({ min: 0, max: 4_000 }),
  accuser: fc.constantFrom('a', 'b', 'c', 'd'),
})

function follow(story: readonly Sight[]): { evidence: Evidence; nowMs: number } {
  let nowMs = 0
  let evidence = firstEvidence(0, 0)
  for (const sight of story) {
    nowMs += sight.afterMs
    if (sight.kind === 'heard') evidence = withNews(evidence, nowMs, renewMs)
    else if (sight.kind === 'failed') evidence = withFailure(evidence)
    else if (sight.kind === 'vouched') evidence = withVoucher(evidence, nowMs)
    else {
      const accusation = { subject: 'x', incarnation: 1, version: 1, accusers: [sight.accuser], ageMs: 0 }
      evidence = { ...evidence, suspicion: accused(evidence, accusation, nowMs, members) }
    }
  }
  return { evidence, nowMs }
}

/** Reads the whole story again for each question; without the memory of returns. */
function judgeStory(story: readonly Sight[], waitMs: number): Availability {
  const since = story.slice(story.findLastIndex(({ kind }) => kind === 'heard') + 1)
  const failures = since.filter(({ kind }) => kind === 'failed').length
  const silentMs = since.reduce((sum, { afterMs }) => sum + afterMs, waitMs)
  const first = since.findIndex(({ kind }) => kind === 'accused')
  const accusers = new Set(since.flatMap((sight) => (sight.kind === 'accused' ? [sight.accuser] : [])))
  const heldMs = since.slice(first + 1).reduce((sum, { afterMs }) => sum + afterMs, waitMs)
  const voucher = story.findLastIndex(({ kind }) => kind === 'vouched')
  const vouchedMs = story.slice(voucher + 1).reduce((sum, { afterMs }) => sum + afterMs, waitMs)
  const isVouchedFor = voucher >= 0 && vouchedMs < 30_000
  if (silentMs >= 5_000 || (failures >= 2 && !isVouchedFor)) return 'down'
  if (first >= 0 && heldMs >= suspicionTimeoutMs(Math.min(3, accusers.size), members)) return 'down'
  return silentMs >= 3_000 || failures > 0 || first >= 0 ? 'suspect' : 'up'
}

test('follows the story of what was heard, what failed and what was told', () => {
  fc.assert(
    fc.property(fc.array(sights, { maxLength: 12 }), fc.integer({ min: 0, max: 8_000 }), (story, waitMs) => {
      const { evidence, nowMs } = follow(story)
      const steady = { ...evidence, flaps: 0 }
      expect(judge(steady, nowMs + waitMs, renewMs)).toBe(judgeStory(story, waitMs))
    }),
    { numRuns: 1_000 },
  )
})

test('there are reasons whenever a peer is not simply up, and only then', () => {
  fc.assert(
    fc.property(fc.array(sights, { maxLength: 12 }), fc.integer({ min: 0, max: 8_000 }), (story, waitMs) => {
      const { evidence, nowMs } = follow(story)
      const reasons = reasonsOf(evidence, nowMs + waitMs, renewMs)
      expect(reasons.length > 0).toBe(judge(evidence, nowMs + waitMs, renewMs) !== 'up')
    }),
  )
})

describe('a peer that comes and goes', () => {
  const goAndReturn = (evidence: Evidence, nowMs: number): Evidence =>
    withNews(withFailure(withFailure(evidence)), nowMs, renewMs)

  test('is suspect for a minute after its third return, however fresh the news of it', () => {
    let evidence = firstEvidence(0, 0)
    for (const nowMs of [1_000, 2_000]) {
      evidence = goAndReturn(evidence, nowMs)
      expect(judge(evidence, nowMs, renewMs)).toBe('up')
    }
    evidence = goAndReturn(evidence, 3_000)
    expect(judge(evidence, 3_000, renewMs)).toBe('suspect')
    for (let nowMs = 4_000; nowMs < 63_000; nowMs += 1_000) {
      evidence = withNews(evidence, nowMs, renewMs)
      expect(judge(evidence, nowMs, renewMs)).toBe('suspect')
    }
    expect(judge(evidence, 63_000, renewMs)).toBe('up')
  })

  test('is forgiven what was long ago', () => {
    let evidence = firstEvidence(0, 0)
    for (let hour = 0; hour < 5; hour++) {
      evidence = goAndReturn(evidence, hour * 3_600_000)
      expect(judge(evidence, hour * 3_600_000, renewMs)).toBe('up')
    }
  })
})

describe('time to refute', () => {
  test('shrinks with accusers and grows with the network', () => {
    expect([1, 2, 3, 9].map((count) => Math.round(suspicionTimeoutMs(count, 9)))).toEqual([6_000, 3_476, 2_000, 2_000])
    expect(Math.round(suspicionTimeoutMs(3, 999))).toBe(6_000)
  })

  test('begins anew with an accusation about a newer state, not with a repeated one', () => {
    const about = (version: number, accuser: string) => ({
      subject: 'x',
      incarnation: 1,
      version,
      accusers: [accuser],
      ageMs: 0,
    })
    const first = accused(undefined, about(1, 'a'), 0, members)
    const known = { suspicion: first, lastHeardMs: 0, knownMs: 0 }
    expect(accused(known, about(1, 'a'), 500, members)).toBe(first)
    expect(accused(known, about(0, 'b'), 500, members)).toBe(first)
    expect(accused(known, about(1, 'b'), 500, members)).toEqual({
      ...first,
      accusers: ['a', 'b'],
      untilMs: suspicionTimeoutMs(2, members),
    })
    expect(accused(known, about(2, 'b'), 500, members)).toEqual({
      incarnation: 1,
      version: 2,
      accusers: ['b'],
      sinceMs: 500,
      heardMs: Number.NEGATIVE_INFINITY,
      untilMs: 6_500,
    })
  })

  test('can not have begun before the latest news', () => {
    const about = { subject: 'x', incarnation: 1, version: 1, accusers: ['a'], ageMs: 3_600_000 }
    expect(accused({ suspicion: undefined, lastHeardMs: 400, knownMs: 0 }, about, 500, members)).toMatchObject({
      sinceMs: 400,
    })
  })
})
