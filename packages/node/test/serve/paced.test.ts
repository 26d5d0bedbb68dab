import { Uint8ArrayList } from 'uint8arraylist'
import { expect, test } from 'vitest'
import { manualClock } from '../../src/clock/manual-clock.ts'
import { paced } from '../../src/serve/paced.ts'

/** Until what a timer has set off is done. */
async function turns(): Promise<void> {
  for (let count = 0; count < 5; count++) await new Promise((resolve) => setImmediate(resolve))
}

test('who asks faster than it may waits, and what is about many counts as many', async () => {
  const clock = manualClock()
  const answered: unknown[] = []
  const ask = paced(
    async ({ head }) => {
      answered.push(head)
      return {}
    },
    clock,
    10,
  )
  const send = (peerId: string, head: unknown): void => {
    const from = { peerId, role: 'client' }
    const { signal } = new AbortController()
    void ask({ method: 'shard.check', head, body: new Uint8ArrayList(), from, signal })
  }
  const eight = { ids: Array.from({ length: 8 }, () => new Uint8Array(24)) }
  for (const head of [eight, {}, null, { shards: [1, 2, 3] }, 'text']) send('greedy', head)
  send('modest', eight)
  expect(answered).toEqual([eight, {}, null, eight])
  clock.advance(299)
  await turns()
  expect(answered.length).toBe(4)
  clock.advance(1)
  await turns()
  expect(answered[4]).toEqual({ shards: [1, 2, 3] })
  clock.advance(100)
  await turns()
  expect(answered[5]).toBe('text')
})
