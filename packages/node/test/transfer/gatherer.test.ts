import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Gatherer } from '../../src/transfer/gatherer.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Requests wait until the test answers them. */
function held(mostItems = 4) {
  const requests: { place: string; items: readonly number[]; answer: (results: (string | Error)[]) => void }[] = []
  const failures: ((failure: Error) => void)[] = []
  const gatherer = new Gatherer<number, string>((place, items) => {
    return new Promise((answer, fail) => {
      requests.push({ place, items, answer })
      failures.push(fail)
    })
  }, mostItems)
  return { gatherer, requests, failures }
}

test('what comes in one turn goes together, what comes while it is under way goes next', async () => {
  const { gatherer, requests } = held()
  const first = [gatherer.add('a', 1), gatherer.add('a', 2), gatherer.add('b', 3)]
  expect(requests).toEqual([])
  await turn()
  expect(requests).toMatchObject([
    { place: 'a', items: [1, 2] },
    { place: 'b', items: [3] },
  ])
  const second = [4, 5, 6, 7, 8].map((item) => gatherer.add('a', item))
  await turn()
  expect(requests.length).toBe(2)
  requests[0]!.answer(['one', 'two'])
  requests[1]!.answer(['three'])
  expect(await Promise.all(first)).toEqual(['one', 'two', 'three'])
  await turn()
  expect(requests.slice(2)).toMatchObject([{ place: 'a', items: [4, 5, 6, 7] }])
  requests[2]!.answer(['4', '5', '6', '7'])
  await turn()
  await turn()
  expect(requests[3]).toMatchObject({ place: 'a', items: [8] })
  requests[3]!.answer(['8'])
  expect(await Promise.all(second)).toEqual(['4', '5', '6', '7', '8'])
})

test('what is wrong with one is no failure of the others', async () => {
  const { gatherer, requests } = held()
  const [good, bad] = [gatherer.add('a', 1), gatherer.add('a', 2)]
  await turn()
  requests[0]!.answer(['one', new Error('not that one')])
  expect(await good).toBe('one')
  await expect(bad).rejects.toThrow('not that one')
})

test('when a request fails, so does what waits for it, and the next is a new start', async () => {
  const { gatherer, requests, failures } = held()
  const gone = [gatherer.add('a', 1)]
  await turn()
  gone.push(gatherer.add('a', 2))
  const settled = Promise.allSettled(gone)
  failures[0]!(new Error('nobody there'))
  expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await turn()
  const next = gatherer.add('a', 3)
  await turn()
  expect(requests.at(-1)).toMatchObject({ items: [3] })
  requests.at(-1)!.answer(['three'])
  expect(await next).toBe('three')
})

test('what is given up before it goes does not go, and nobody waits for what is given up later', async () => {
  const { gatherer, requests } = held()
  const [before, later] = [new AbortController(), new AbortController()]
  const both = [gatherer.add('a', 1, before.signal), gatherer.add('a', 2, later.signal)]
  const settled = Promise.allSettled(both)
  before.abort(new Error('early'))
  await turn()
  expect(requests).toMatchObject([{ items: [2] }])
  later.abort(new Error('late'))
  expect(await settled).toMatchObject([{ reason: { message: 'early' } }, { reason: { message: 'late' } }])
  requests[0]!.answer(['two'])
  const next = gatherer.add('a', 3)
  await turn()
  await turn()
  expect(requests.at(-1)).toMatchObject({ items: [3] })
  requests.at(-1)!.answer(['three'])
  expect(await next).toBe('three')
})

test('everyone gets their own answer, and a place one request at a time', async () => {
  const steps = fc.array(fc.record({ place: fc.constantFrom('a', 'b', 'c'), pause: fc.boolean() }), { maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 5 }), async (adds, mostItems) => {
      const busy = new Set<string>()
      const gatherer = new Gatherer<number, string>(async (place, items) => {
        expect(busy.has(place)).toBe(false)
        expect(items.length).toBeGreaterThan(0)
        expect(items.length).toBeLessThanOrEqual(mostItems)
        busy.add(place)
        for (let left = items.length; left > 0; left--) await turn()
        busy.delete(place)
        return items.map((item) => `${place}${item}`)
      }, mostItems)
      const results: Promise<string>[] = []
      for (const [item, { place, pause }] of adds.entries()) {
        results.push(gatherer.add(place, item))
        if (pause) await turn()
      }
      expect(await Promise.all(results)).toEqual(adds.map(({ place }, item) => `${place}${item}`))
    }),
  )
})
