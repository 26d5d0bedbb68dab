import { describe, expect, it } from 'vitest'
import { memoryPeers } from './network.ts'

describe('rpc', () => {
  it('returns head and body of the reply', async () => {
    const net = memoryPeers()
    const [a, b] = [await net.peer('a'), await net.peer('b')]
    const body = new Uint8Array(300_000).fill(7)
    const answer = await net.clock.settle(a.rpc.call(b, 'echo', { x: 1 }, { body }))
    expect(answer.head).toEqual({ x: 1 })
    expect(answer.body.subarray()).toEqual(body)
  })
  it('5000', async () => {
    const net = memoryPeers()
    const [a, b] = [await net.peer('a'), await net.peer('b')]
    const answers = await net.clock.settle(
      Promise.all(Array.from({ length: 5000 }, (_, i) => a.rpc.call(b, 'echo', { i }))),
    )
    expect(answers.map((x) => x.head)).toEqual(Array.from({ length: 5000 }, (_, i) => ({ i })))
  })
})
