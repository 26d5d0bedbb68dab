/** The reader of a stripe against nodes whose answers are written out by time, on a clock moved by hand. */
import { Uint8ArrayList } from 'uint8arraylist'
import { expect, test } from 'vitest'
import { manualClock } from '../../src/clock/manual-clock.ts'
import type { Network } from '../../src/network.ts'
import { sha256 } from '../../src/object/manifest.ts'
import { downloadStripe, type Source } from '../../src/transfer/download.ts'
import { ReadPace } from '../../src/transfer/pace.ts'

const shards = Array.from({ length: 6 }, (_, index) => new Uint8Array(64).fill(index))

/** What a node does with a request: answers after some time, with these bytes or an error. */
interface Answer {
  readonly afterMs: number
  readonly bytes?: Uint8Array
}

function scene(answers: Record<string, Answer>, options: { sources?: Source[]; more?: Source[] } = {}) {
  const clock = manualClock()
  const asked: string[] = []
  const cancelled: string[] = []
  const call = (peerId: string, _message: unknown, _head: unknown, { signal }: { signal?: AbortSignal }) => {
    asked.push(peerId)
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => {
        cancelled.push(peerId)
        reject(signal.reason)
      })
      const answer = answers[peerId] as Answer
      clock.setTimer(answer.afterMs, () => {
        if (answer.bytes === undefined) reject(new Error(`${peerId} is broken`))
        else resolve({ head: {}, body: new Uint8ArrayList(answer.bytes) })
      })
    })
  }
  const wrong: Source[] = []
  let searches = 0
  const download = {
    objectId: new Uint8Array(16),
    stripe: 0,
    shardBytes: 64,
    neededShards: 4,
    isEnough: (indexes: Iterable<number>) => [...indexes].length >= 4,
    hashes: shards.map((shard) => sha256(shard)),
    sources: options.sources ?? shards.map((_, index) => ({ index, peerId: `n${index}` })),
    findMore: async () => {
      searches += 1
      return options.more ?? []
    },
    onWrongShard: (source: Source) => wrong.push(source),
  }
  const pace = new ReadPace()
  const tools = { network: { call } as unknown as Pick<Network, 'call'>, clock, pace }
  const abort = new AbortController()
  const result = downloadStripe(download, tools, abort.signal)
  result.catch(() => {})
  return { clock, asked, cancelled, wrong, result, abort, pace, searches: () => searches }
}

const good = (index: number, afterMs = 10): Answer => ({ afterMs, bytes: shards[index]! })
const allGood = Object.fromEntries(shards.map((_, index) => [`n${index}`, good(index)]))

test('only as many nodes are asked as shards are needed', async () => {
  const { clock, asked, result } = scene(allGood)
  await clock.advance(10)
  expect([...(await result).keys()].sort()).toEqual([0, 1, 2, 3])
  expect(asked).toEqual(['n0', 'n1', 'n2', 'n3'])
})

test('a node that fails, and one with wrong bytes, are made up for at once', async () => {
  const { clock, asked, wrong, result } = scene({
    ...allGood,
    n1: { afterMs: 5 },
    n2: { afterMs: 5, bytes: new Uint8Array(64).fill(99) },
  })
  await clock.advance(20)
  expect([...(await result).keys()].sort()).toEqual([0, 3, 4, 5])
  expect(asked).toHaveLength(6)
  expect(wrong).toEqual([{ index: 2, peerId: 'n2' }])
})

test('a node that is late is hedged, and cancelled when it is not needed any more', async () => {
  const { clock, asked, cancelled, result } = scene({ ...allGood, n0: good(0, 60_000) })
  await clock.advance(249)
  expect(asked).toHaveLength(4)
  await clock.advance(20)
  expect([...(await result).keys()].sort()).toEqual([1, 2, 3, 4])
  expect(cancelled).toContain('n0')
})

test('a late answer that still comes first counts', async () => {
  const { clock, result } = scene({ ...allGood, n0: good(0, 255), n4: good(4, 1_000), n5: good(5, 1_000) })
  await clock.advance(255)
  expect([...(await result).keys()].sort()).toEqual([0, 1, 2, 3])
})

test('when the known sources are used up, others are searched for once', async () => {
  const more = [
    { index: 4, peerId: 'n4' },
    { index: 5, peerId: 'n5' },
  ]
  const answers = { ...allGood, n0: { afterMs: 1 }, n1: { afterMs: 1 } }
  const sources = [0, 1, 2, 3].map((index) => ({ index, peerId: `n${index}` }))
  const { clock, result, searches } = scene(answers, { sources, more })
  await clock.advance(50)
  expect([...(await result).keys()].sort()).toEqual([2, 3, 4, 5])
  expect(searches()).toBe(1)
})

test('too few shards anywhere is an error that may pass', async () => {
  const answers = { ...allGood, n0: { afterMs: 1 }, n1: { afterMs: 1 }, n2: { afterMs: 1 } }
  const { clock, result, searches } = scene(answers)
  await clock.advance(50)
  await expect(result).rejects.toMatchObject({ code: 'NOT_ENOUGH_SHARDS', retryable: true })
  expect(searches()).toBe(1)
})

test('an abort ends it with its reason and cancels every request', async () => {
  const { clock, result, abort, cancelled } = scene(allGood)
  const reason = new Error('enough')
  await clock.advance(1)
  abort.abort(reason)
  await clock.advance(1)
  await expect(result).rejects.toBe(reason)
  expect(cancelled).toHaveLength(4)
})

test('hedges stay within their budget however slow the nodes are', () => {
  const pace = new ReadPace()
  let hedges = 0
  for (let request = 0; request < 10_000; request += 1) {
    pace.countRequest()
    if (pace.takeHedge()) hedges += 1
  }
  expect(hedges).toBeLessThanOrEqual(1_010)
})
