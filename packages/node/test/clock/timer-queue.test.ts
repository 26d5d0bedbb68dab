import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type QueuedCall, TimerQueue } from '../../src/clock/timer-queue.ts'

const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('add' as const), dueMs: fc.integer({ min: 0, max: 20 }) }),
    fc.record({ kind: fc.constant('remove' as const), which: fc.nat() }),
    fc.record({ kind: fc.constant('take' as const) }),
  ),
  { maxLength: 200 },
)

test('calls leave in the order of time and arrival, whatever is cancelled meanwhile', () => {
  fc.assert(
    fc.property(steps, (story) => {
      const queue = new TimerQueue()
      let sorted: QueuedCall[] = []
      const leave = (call: QueuedCall): void => {
        queue.remove(call)
        sorted = sorted.filter((other) => other !== call)
      }
      for (const step of story) {
        if (step.kind === 'add') sorted.push(queue.add(step.dueMs, () => {}))
        sorted.sort((a, b) => a.dueMs - b.dueMs || a.sequence - b.sequence)
        expect(queue.peek()).toBe(sorted[0])
        if (step.kind === 'remove' && sorted.length > 0) leave(sorted[step.which % sorted.length]!)
        if (step.kind === 'take' && sorted.length > 0) leave(queue.peek()!)
        expect(queue.size).toBe(sorted.length)
      }
      for (const call of sorted) {
        expect(queue.peek()).toBe(call)
        queue.remove(call)
        queue.remove(call)
      }
      expect(queue.size).toBe(0)
    }),
  )
})
