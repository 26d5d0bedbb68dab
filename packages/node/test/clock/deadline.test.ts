import { describe, expect, it } from 'vitest'
import { deadline } from '../../src/clock/deadline.ts'
import { manualClock } from '../../src/clock/manual-clock.ts'
import { sleep } from '../../src/clock/sleep.ts'

describe('sleep', () => {
  it('ends early, with the reason, when its signal is aborted', async () => {
    const clock = manualClock()
    const controller = new AbortController()
    const reason = new Error('wake up')
    const asleep = sleep(clock, 100, controller.signal)
    controller.abort(reason)
    await expect(asleep).rejects.toBe(reason)
    await expect(sleep(clock, 100, controller.signal)).rejects.toBe(reason)
    expect(clock.pendingCount).toBe(0)
  })
})

describe('deadline', () => {
  it('aborts when the time is up', async () => {
    const clock = manualClock()
    const { signal } = deadline(clock, 100)
    await clock.advance(99)
    expect(signal.aborted).toBe(false)
    await clock.advance(1)
    expect(signal.reason).toMatchObject({ code: 'TIMEOUT', retryable: true })
  })

  it('aborts with the outer signal, with its reason', () => {
    const clock = manualClock()
    const outer = new AbortController()
    const limit = deadline(clock, 100, outer.signal)
    outer.abort('enough')
    expect(limit.signal.reason).toBe('enough')
    expect(deadline(clock, 100, outer.signal).signal.reason).toBe('enough')
    expect(clock.pendingCount).toBe(0)
  })

  it('can be cut short, and leaves nothing behind when it is no longer needed', () => {
    const clock = manualClock()
    const outer = new AbortController()
    const [cut, disposed] = [deadline(clock, 100, outer.signal), deadline(clock, 100, outer.signal)]
    cut.abort('now')
    disposed.dispose()
    outer.abort('later')
    expect([cut.signal.reason, disposed.signal.aborted, clock.pendingCount]).toEqual(['now', false, 0])
  })
})
