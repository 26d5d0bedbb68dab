import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inWindow } from '../../src/transfer/window.ts'

test('results come in order, and never more run at once than allowed', async () => {
  const delays = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(delays, fc.integer({ min: 1, max: 5 }), async (turns, limit) => {
      let running = 0
      let most = 0
      const run = async (position: number) => {
        most = Math.max(most, ++running)
        for (let turn = 0; turn < turns[position]!; turn += 1) await undefined
        running -= 1
        return position
      }
      const results: number[] = []
      for await (const result of inWindow(turns.keys(), limit, run)) results.push(result)
      expect(results).toEqual([...turns.keys()])
      expect(most).toBeLessThanOrEqual(limit)
    }),
  )
})

test('after a failure, or when the consumer stops, nothing is left running', async () => {
  for (const ending of ['failure', 'stop']) {
    let running = 0
    const run = async (item: number, signal: AbortSignal) => {
      if (item === 2 && ending === 'failure') throw new Error('task 2')
      running += 1
      if (item > 2) await new Promise((resolve) => signal.addEventListener('abort', resolve))
      running -= 1
      return item
    }
    const consume = async () => {
      for await (const item of inWindow([0, 1, 2, 3, 4], 4, run)) if (item === 2) return
    }
    if (ending === 'failure') await expect(consume()).rejects.toThrow('task 2')
    else await consume()
    expect(running).toBe(0)
  }
})

test('the source is closed when its consumer stops', async () => {
  let isClosed = false
  async function* source() {
    try {
      for (let item = 0; ; item += 1) yield item
    } finally {
      isClosed = true
    }
  }
  for await (const item of inWindow(source(), 3, async (value) => value)) if (item === 5) break
  expect(isClosed).toBe(true)
})
