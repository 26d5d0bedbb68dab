import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { manualClock } from '../../src/clock/manual-clock.ts'
import { sleep } from '../../src/clock/sleep.ts'
import { testClock } from '../contract/clock.ts'

testClock('manual', () => {
  const clock = manualClock()
  return { clock, settle: (promise) => clock.settle(promise) }
})

describe('manual clock', () => {
  it('stands still until it is told to go on', async () => {
    const clock = manualClock({ startMs: 5000 })
    let isFired = false
    clock.setTimer(10, () => {
      isFired = true
    })
    await clock.advance(9.5)
    expect([isFired, clock.nowMs(), clock.monotonicMs()]).toEqual([false, 5009, 9.5])
    await clock.advance(0.5)
    expect([isFired, clock.pendingCount]).toEqual([true, 0])
  })

  it('runs everything a timer sets off before it goes to the next', async () => {
    const clock = manualClock()
    const order: string[] = []
    const walk = async (name: string): Promise<void> => {
      await sleep(clock, 5)
      for (let step = 0; step < 20; step++) await Promise.resolve()
      order.push(name)
    }
    void walk('a')
    void walk('b')
    await clock.advance(5)
    expect(order).toEqual(['a', 'b'])
  })

  it('fires what is set on the way, if it falls due', async () => {
    const clock = manualClock()
    const firedMs: number[] = []
    const repeat = (): void => {
      firedMs.push(clock.monotonicMs())
      clock.setTimer(10, repeat)
    }
    clock.setTimer(10, repeat)
    await clock.runUntil(35)
    expect(firedMs).toEqual([10, 20, 30])
    expect(clock.monotonicMs()).toBe(35)
  })

  it('takes one step at a time', async () => {
    const clock = manualClock()
    const order: number[] = []
    clock.setTimer(1000, () => order.push(1))
    clock.setTimer(2000, () => order.push(2))
    expect([await clock.step(), [...order]]).toEqual([true, [1]])
    expect([await clock.step(), [...order]]).toEqual([true, [1, 2]])
    expect(await clock.step()).toBe(false)
  })

  it('settles a promise that needs time, passing on how it ends', async () => {
    const clock = manualClock()
    expect(await clock.settle(sleep(clock, 3_600_000).then(() => 'done'))).toBe('done')
    const failing = sleep(clock, 10).then(() => Promise.reject(new Error('no')))
    await expect(clock.settle(failing)).rejects.toThrow('no')
  })

  it('does not wait for a promise that nothing will settle, or not in time', async () => {
    const clock = manualClock()
    await expect(clock.settle(new Promise(() => {}))).rejects.toThrow('still pending')
    await expect(clock.settle(sleep(clock, 100), { withinMs: 99 })).rejects.toThrow('still pending')
  })

  it('fires as a sorted list would, whatever is cancelled', async () => {
    const timers = fc.array(fc.record({ delayMs: fc.nat(20), cancels: fc.option(fc.nat(50)) }), { maxLength: 50 })
    await fc.assert(
      fc.asyncProperty(timers, async (plan) => {
        const clock = manualClock()
        const fired: number[] = []
        const handles = plan.map(({ delayMs }, index) => clock.setTimer(delayMs, () => fired.push(index)))
        const cancelled = new Set(plan.map(({ cancels }) => cancels))
        for (const [index, handle] of handles.entries()) if (cancelled.has(index)) handle.cancel()
        const expected = plan
          .map(({ delayMs }, index) => ({ delayMs, index }))
          .filter(({ index }) => !cancelled.has(index))
          .sort((a, b) => a.delayMs - b.delayMs || a.index - b.index)
        expect(clock.pendingCount).toBe(expected.length)
        await clock.advance(20)
        expect(fired).toEqual(expected.map(({ index }) => index))
      }),
    )
  })
})
