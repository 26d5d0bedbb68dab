import type { Stream } from '@libp2p/interface'
import { expect, test } from 'vitest'
import { RelayTraffic } from '../../src/transport/libp2p/relay-traffic.ts'

/** As much of a stream as the relay's traffic looks at. */
class FakeStream extends EventTarget {
  readStatus = 'readable'
  status = 'open'
  readBufferLength = 0
  writeBufferLength = 0
  takesMore = true
  error: Error | undefined

  send(bytes: Uint8Array): boolean {
    if (!this.takesMore) this.writeBufferLength += bytes.length
    return this.takesMore
  }

  pause(): void {
    this.readStatus = 'paused'
  }

  resume(): void {
    this.readStatus = 'readable'
  }

  abort(error: Error): void {
    this.error = error
    this.status = 'aborted'
    this.dispatchEvent(new Event('close'))
  }
}

/** Two streams that a relay has joined, with what passes bytes from the one to the other. */
function joined(traffic: RelayTraffic) {
  const [origin, target] = [new FakeStream(), new FakeStream()]
  for (const stream of [origin, target]) traffic.watch(stream as never as Stream)
  const pass = (lengthBytes: number): void => {
    const data = new Uint8Array(lengthBytes)
    origin.dispatchEvent(Object.assign(new Event('message'), { data }))
    target.send(data)
  }
  return { origin, target, pass }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('a side is not read from while the other has much to send, and is again when it has little', async () => {
  const { origin, target, pass } = joined(new RelayTraffic())
  pass(1_000)
  expect(origin.readStatus).toBe('readable')
  target.takesMore = false
  pass(200_000)
  expect(origin.readStatus).toBe('paused')
  target.dispatchEvent(new Event('drain'))
  await turn()
  expect(origin.readStatus).toBe('paused')
  target.writeBufferLength = 1_000
  target.dispatchEvent(new Event('drain'))
  await turn()
  expect(origin.readStatus).toBe('readable')
})

test('a side is read from to its end when the other has gone', async () => {
  const { origin, target, pass } = joined(new RelayTraffic())
  target.takesMore = false
  pass(200_000)
  target.abort(new Error('gone'))
  await turn()
  expect(origin.readStatus).toBe('readable')
})

test('when all hold more than the budget, the stream that holds most is ended', () => {
  const traffic = new RelayTraffic(1_000_000)
  const pairs = [400_000, 300_000, 200_000].map((lengthBytes) => {
    const pair = joined(traffic)
    pair.target.takesMore = false
    pair.pass(lengthBytes)
    return pair
  })
  expect(pairs.map(({ target }) => target.error)).toEqual([undefined, undefined, undefined])
  const last = joined(traffic)
  last.target.takesMore = false
  last.pass(150_000)
  expect(pairs.map(({ target }) => target.status)).toEqual(['aborted', 'open', 'open'])
  expect(last.target.status).toBe('open')
})
